#!/usr/bin/python3
"""A camera for tests: an independent RTSP server on loopback (gst-rtsp-server). Runs with Debian's python3.

usage: rtspcam.py PORT [options]      PORT 0 takes a free one; see --help
       rtspcam.py --check             exits 0 if everything it needs is installed, else says what is not
prints  `ready PORT` when it listens, `connected` and `disconnected` for each RTSP connection; ends on SIGTERM."""
import argparse
import sys
import time

NEEDED_ELEMENTS = [
    "appsrc", "videoconvert", "audiotestsrc", "audioconvert", "audioresample",
    "x264enc", "x265enc", "jpegenc", "opusenc", "mulawenc", "alawenc", "avenc_aac",
    "rtph264pay", "rtph265pay", "rtpjpegpay", "rtpopuspay", "rtppcmupay", "rtppcmapay", "rtpmp4gpay", "rtpbin",
]  # fmt: skip


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("--path", default="/stream1")
    parser.add_argument("--codec", default="h264", choices=["h264", "h265", "mjpeg", "none"])
    parser.add_argument("--profile", default="constrained-baseline", choices=["constrained-baseline", "main", "high"])
    parser.add_argument("--bframes", type=int, default=0)
    parser.add_argument("--gop", type=int, default=50, help="frames from one key frame to the next")
    parser.add_argument("--slices", type=int, default=1, help="slices per picture")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--bitrate", type=int, default=1500, help="kb/s of H.264")
    parser.add_argument("--audio", default="opus", choices=["opus", "pcmu", "pcma", "aac", "none"])
    parser.add_argument("--protocols", default="tcp,udp")
    parser.add_argument("--auth", choices=["basic", "digest"], help="ask for --user and --password this way")
    parser.add_argument("--user", default="viewer")
    parser.add_argument("--password", default="secret")
    return parser.parse_args()


def load():
    import gi

    for name in ("Gst", "GstRtsp", "GstRtspServer"):
        gi.require_version(name, "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

    Gst.init(None)
    missing = [name for name in NEEDED_ELEMENTS if Gst.ElementFactory.find(name) is None]
    if missing:
        raise ImportError("GStreamer has no " + ", ".join(missing))
    return GLib, Gst, GstRtsp, GstRtspServer


def pipeline(o):
    """gst-launch text: live test picture and ticking sound, encoded and payloaded."""
    width, height = o.size.split("x")
    # Low latency unless B-frames are wanted; ultrafast would turn CABAC and 8x8 transforms off, which main and high mean.
    tune = "" if o.bframes else "tune=zerolatency sliced-threads=false "
    preset = "ultrafast" if o.profile == "constrained-baseline" else "veryfast"
    raw = f"video/x-raw,width={width},height={height},framerate={o.fps}/1"
    video = {
        "h264": f"x264enc {tune}speed-preset={preset} bitrate={o.bitrate} bframes={o.bframes} b-adapt=false"
        f" key-int-max={o.gop} option-string=scenecut=0:slices={o.slices}"
        f" ! video/x-h264,profile={o.profile} ! rtph264pay name=pay0 pt=96",
        "h265": f"x265enc tune=zerolatency speed-preset=ultrafast bitrate={o.bitrate} key-int-max={o.gop}"
        " ! rtph265pay name=pay0 pt=96",
        "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
        "none": "",
    }[o.codec]
    sound = f"pay{0 if o.codec == 'none' else 1}"
    audio = {
        "opus": f"opusenc ! rtpopuspay name={sound} pt=97",
        "pcmu": f"audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name={sound} pt=0",
        "pcma": f"audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name={sound} pt=8",
        "aac": f"audioconvert ! avenc_aac ! rtpmp4gpay name={sound} pt=97",
        "none": "",
    }[o.audio]
    parts = []
    if video:
        parts.append(
            f"appsrc name=picture is-live=true format=time caps={raw},format=I420 ! videoconvert ! {video}"
        )
    if audio:
        parts.append(f"audiotestsrc name=sound is-live=true wave=ticks ! {audio}")
    return "( " + " ".join(parts) + " )"


class Picture:
    """The test picture, drawn in real time: a stamp (src/core/media/stamp.ts), grey bars and a box that moves."""

    def __init__(self, o, GLib, Gst, appsrc):
        self.width, self.height = (int(n) for n in o.size.split("x"))
        self.Gst, self.GLib, self.appsrc = Gst, GLib, appsrc
        self.interval_us = 1_000_000 // o.fps
        luma = b"".join(bytes([60 + 8 * (y * 16 // self.height)]) * self.width for y in range(self.height))
        self.background = luma + bytes([128]) * (self.width * self.height // 2)
        self.number = 0
        self.first_us = None
        self.timer = GLib.timeout_add(1, self.tick)

    def close(self):
        if self.timer is not None:
            self.GLib.source_remove(self.timer)
            self.timer = None

    def tick(self):
        now = self.appsrc.get_current_running_time()
        # Without a base time yet it would be the time since the machine was started.
        if now != self.Gst.CLOCK_TIME_NONE and self.appsrc.get_base_time() != 0:
            now_us = now // 1000
            if self.first_us is None or now_us < self.first_us:
                self.first_us = now_us - self.number * self.interval_us
            due_us = self.first_us + self.number * self.interval_us
            if now_us >= due_us:
                buffer = self.Gst.Buffer.new_wrapped(self.draw())
                buffer.pts, buffer.duration = due_us * 1000, self.interval_us * 1000
                self.appsrc.emit("push-buffer", buffer)
                self.number += 1
                due_us += self.interval_us
            wait_ms = max(1, (due_us - now_us) // 1000)
        else:
            wait_ms = 5
        self.timer = self.GLib.timeout_add(wait_ms, self.tick)
        return False

    def draw(self):
        frame = bytearray(self.background)
        box = bytes([200]) * 40
        left = self.number * 6 % (self.width - 40)
        for y in range(self.height // 2, self.height // 2 + 40):
            frame[y * self.width + left : y * self.width + left + 40] = box
        row = self.stamp()
        for y in range(round(self.width / 80)):
            frame[y * self.width : y * self.width + len(row)] = row
        return bytes(frame)

    def stamp(self):
        text = f"{int(time.time() * 1000) % 2**32:032b}{self.number % 65536:016b}"
        text = f"10{text}{text.count('1') % 2}1"
        edge = [round(i * self.width / 80) for i in range(len(text) + 1)]
        return b"".join(
            bytes([235 if bit == "1" else 16]) * (edge[i + 1] - edge[i]) for i, bit in enumerate(text)
        )


def deny_seeking(Gst, media):
    """The server would seek a source that says it can, and the picture cannot."""
    sound = media.get_element().get_by_name("sound")

    def probe(_, info):
        is_seeking = info.get_query().type == Gst.QueryType.SEEKING
        return Gst.PadProbeReturn.DROP if is_seeking else Gst.PadProbeReturn.OK

    if sound is not None:
        sound.get_static_pad("src").add_probe(Gst.PadProbeType.QUERY_UPSTREAM, probe)


def protect(o, GstRtsp, GstRtspServer, server, factory):
    role = "viewer"
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", role)
    auth = GstRtspServer.RTSPAuth()
    if o.auth == "basic":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(o.user, o.password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(o.user, o.password, token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(role, "media.factory.access", True)
    permissions.add_permission_for_role(role, "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


def say(line):
    print(line, flush=True)


def main():
    if sys.argv[1:] == ["--check"]:
        try:
            load()
        except (ImportError, ValueError) as error:
            sys.exit(str(error))
        return
    o = options()
    GLib, Gst, GstRtsp, GstRtspServer = load()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(o.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline(o))
    factory.set_shared(True)
    protocols = GstRtsp.RTSPLowerTrans(0)
    if "tcp" in o.protocols:
        protocols |= GstRtsp.RTSPLowerTrans.TCP
    if "udp" in o.protocols:
        protocols |= GstRtsp.RTSPLowerTrans.UDP
    factory.set_protocols(protocols)
    if o.auth:
        protect(o, GstRtsp, GstRtspServer, server, factory)
    server.get_mount_points().add_factory(o.path, factory)

    def configured(_, media):
        deny_seeking(Gst, media)
        appsrc = media.get_element().get_by_name("picture")
        if appsrc is not None:
            picture = Picture(o, GLib, Gst, appsrc)
            media.connect("unprepared", lambda _: picture.close())

    factory.connect("media-configure", configured)

    def connected(_, client):
        say("connected")
        client.connect("closed", lambda _: say("disconnected"))

    server.connect("client-connected", connected)
    if server.attach(None) == 0:
        sys.exit(f"port {o.port} cannot be bound")
    say(f"ready {server.get_bound_port()}")
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
    loop.run()


main()
