#!/usr/bin/python3
"""A publisher for tests: an independent WebRTC peer (aiortc) that offers a moving picture and a tone. Runs with Debian's python3.

usage: aiortcpeer.py [--codec H264|VP8]     on loopback
       aiortcpeer.py --check            exits 0 if everything it needs is installed, else says what is not
Prints its offer as one line of JSON, {"type", "sdp"} with all candidates inside; reads the answer, with all of them as well, as one
line from stdin; prints `connected`; ends when stdin does, and prints {"frames"}: how many pictures it has made."""
import argparse
import asyncio
import fractions
import json
import sys

WIDTH, HEIGHT, SQUARE = 640, 360, 40
SAMPLE_RATE_HZ, SAMPLES = 48000, 960
TONE_HZ, AMPLITUDE = 440, 8000


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--codec", default="H264", choices=["H264", "VP8"])
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


try:
    import aioice.ice
    import av
    import numpy
    from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
    from aiortc.rtcrtpsender import RTCRtpSender
except ImportError as error:
    sys.exit(f"{error}")


class Picture(VideoStreamTrack):
    """A square that moves, 30 times a second."""

    frames = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        image = numpy.zeros((HEIGHT, WIDTH, 3), numpy.uint8)
        left = (self.frames * 7) % (WIDTH - SQUARE)
        image[160 : 160 + SQUARE, left : left + SQUARE] = 255
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = pts, time_base
        self.frames += 1
        return frame


class Tone(MediaStreamTrack):
    kind = "audio"
    position = 0
    started_at = None

    async def recv(self):
        loop = asyncio.get_running_loop()
        if self.started_at is None:
            self.started_at = loop.time()
        await asyncio.sleep(max(0, self.started_at + self.position / SAMPLE_RATE_HZ - loop.time()))
        times = (numpy.arange(SAMPLES) + self.position) / SAMPLE_RATE_HZ
        tone = (numpy.sin(2 * numpy.pi * TONE_HZ * times) * AMPLITUDE).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = self.position, SAMPLE_RATE_HZ, fractions.Fraction(1, SAMPLE_RATE_HZ)
        self.position += SAMPLES
        return frame


def stay_on_loopback():
    """It would leave loopback out, and a machine without a network has nothing else."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


async def main(codec):
    loop = asyncio.get_running_loop()
    connection = RTCPeerConnection()
    connected = asyncio.Event()

    @connection.on("connectionstatechange")
    def _():
        if connection.connectionState == "connected":
            connected.set()

    picture = Picture()
    sender = connection.addTransceiver(picture, direction="sendonly")
    offered = RTCRtpSender.getCapabilities("video").codecs
    sender.setCodecPreferences([each for each in offered if each.name in (codec, "rtx")])
    connection.addTransceiver(Tone(), direction="sendonly")
    await connection.setLocalDescription(await connection.createOffer())
    offer = connection.localDescription
    print(json.dumps(dict(type=offer.type, sdp=offer.sdp)), flush=True)
    answer = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    await connection.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
    await connected.wait()
    print("connected", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    await connection.close()
    print(json.dumps(dict(frames=picture.frames)), flush=True)


chosen = options()
if not chosen.check:
    stay_on_loopback()
    asyncio.run(main(chosen.codec))
