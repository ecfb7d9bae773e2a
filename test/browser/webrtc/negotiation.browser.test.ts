// Our answers against Chromium's own reading of SDP: accepted, with the directions and codecs that were planned.
import { afterEach, describe, expect, test } from "vitest";
import { effectiveTransport } from "../../../src/core/sdp/effective-attributes.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";
import { type LocalAnswerParameters, writeAnswer } from "../../../src/core/webrtc/answer.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { type LocalCapabilities, streamingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import { h264Capability } from "../../../src/core/webrtc/negotiation-h264.js";
import { offerForTransport } from "../../../src/core/webrtc/negotiation-offer-filter.js";
import { opusCapability } from "../../../src/core/webrtc/negotiation-opus.js";
import { movingPicture } from "./loopback-callee.js";

/** Made up, but well-formed: nobody answers behind it. */
const LOCAL: LocalAnswerParameters = {
  iceUfrag: "floe",
  icePwd: "0123456789012345678901",
  fingerprint: { algorithm: "sha-256", value: new Array<string>(32).fill("AB").join(":") },
  candidates: ["candidate:1 1 UDP 2122317823 127.0.0.1 9 typ host"],
  tracks: {
    0: { ssrc: 1111, rtxSsrc: 3333, cname: "floe", streamId: "live", trackId: "picture" },
    1: { ssrc: 2222, cname: "floe", streamId: "live", trackId: "sound" },
  },
};

const open: RTCPeerConnection[] = [];

function connection(): RTCPeerConnection {
  const made = new RTCPeerConnection();
  open.push(made);
  return made;
}

afterEach(() => {
  for (const one of open.splice(0)) {
    one.close();
  }
});

/** A watching page: recvonly video and audio, and a data channel. */
async function watcher(): Promise<{ pc: RTCPeerConnection; channel: RTCDataChannel; offer: string }> {
  const pc = connection();
  pc.addTransceiver("video", { direction: "recvonly" });
  pc.addTransceiver("audio", { direction: "recvonly" });
  const channel = pc.createDataChannel("control");
  await pc.setLocalDescription();
  return { pc, channel, offer: pc.localDescription?.sdp ?? "" };
}

function answerTo(offer: string, capabilities: LocalCapabilities, local: LocalAnswerParameters = LOCAL): string {
  return writeSdp(writeAnswer(planAnswer(parseSdp(offer), capabilities), local));
}

/** The payload types of each section that Chromium now takes for agreed. */
function agreedFormats(pc: RTCPeerConnection): string[] {
  return parseSdp(pc.currentRemoteDescription?.sdp ?? "").media.map(({ formats }) => formats.join(" "));
}

describe("Chromium takes our answer", () => {
  test("to an offer to watch: directions, codecs, extensions and tracks are the planned ones", async () => {
    const { pc, offer } = await watcher();
    const tracks: string[] = [];
    pc.ontrack = ({ track, streams }) => tracks.push(`${track.kind} ${track.id} in ${streams[0]?.id}`);
    await pc.setRemoteDescription({ type: "answer", sdp: answerTo(offer, streamingCapabilities()) });
    const [video, audio] = pc.getTransceivers();
    expect([video.currentDirection, audio.currentDirection]).toEqual(["recvonly", "recvonly"]);
    expect(agreedFormats(pc)).toEqual(["108", "111", "webrtc-datachannel"]);
    expect(video.receiver.getParameters().headerExtensions.map(({ uri }) => uri)).toEqual(
      expect.arrayContaining(["http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"]),
    );
    expect(tracks).toEqual([expect.stringMatching(/^video .* in live$/), expect.stringMatching(/^audio .* in live$/)]);
    expect(pc.sctp).not.toBeNull();
    expect(pc.signalingState).toBe("stable");
  });

  test("with resends on a payload type of their own", async () => {
    const { pc, offer } = await watcher();
    const capabilities = { ...streamingCapabilities(), codecs: [h264Capability({ rtx: "offered" }), opusCapability()] };
    await pc.setRemoteDescription({ type: "answer", sdp: answerTo(offer, capabilities) });
    expect(agreedFormats(pc)[0]).toBe("108 109");
    expect(pc.getTransceivers()[0].currentDirection).toBe("recvonly");
  });

  test("with an inactive section, whose transceiver goes still", async () => {
    const { pc, offer } = await watcher();
    const silent: LocalCapabilities = { ...streamingCapabilities(), audio: { direction: "inactive", extensions: [] } };
    await pc.setRemoteDescription({ type: "answer", sdp: answerTo(offer, silent) });
    const [video, audio] = pc.getTransceivers();
    expect([video.currentDirection, audio.currentDirection]).toEqual(["recvonly", "inactive"]);
  });

  test("with a rejected data channel", async () => {
    const { pc, channel, offer } = await watcher();
    const deaf: LocalCapabilities = { ...streamingCapabilities(), dataChannel: "reject" };
    await pc.setRemoteDescription({ type: "answer", sdp: answerTo(offer, deaf) });
    expect(pc.getTransceivers()[0].currentDirection).toBe("recvonly");
    expect(channel.readyState).not.toBe("open");
  });

  test("to an offer to publish, when we receive", async () => {
    const pc = connection();
    const stream = document.createElement("canvas").captureStream();
    pc.addTransceiver(stream.getVideoTracks()[0] ?? "video", { direction: "sendonly", streams: [stream] });
    await pc.setLocalDescription();
    const receiving: LocalCapabilities = {
      ...streamingCapabilities(),
      video: { direction: "recvonly", extensions: [] },
    };
    const answer = answerTo(pc.localDescription?.sdp ?? "", receiving, { ...LOCAL, tracks: {} });
    await pc.setRemoteDescription({ type: "answer", sdp: answer });
    const [video] = pc.getTransceivers();
    expect(video.currentDirection).toBe("sendonly");
    expect(video.sender.getParameters().codecs.map(({ mimeType }) => mimeType)).toEqual(["video/H264"]);
  });
});

describe("Chromium as the stack under us", () => {
  test("takes the filtered offer, and H.264 and data flow over our own answer", async () => {
    const { pc, channel, offer } = await watcher();
    const parsed = parseSdp(offer);
    const plan = planAnswer(parsed, { ...streamingCapabilities(), audio: { direction: "inactive", extensions: [] } });

    const stack = connection();
    const stop = new AbortController();
    const picture = movingPicture(stop.signal);
    await stack.setRemoteDescription({ type: "offer", sdp: writeSdp(offerForTransport(parsed, plan)) });
    const [sender] = stack.getTransceivers();
    sender.direction = "sendonly";
    await sender.sender.replaceTrack(picture);
    await stack.setLocalDescription();
    const own = parseSdp(stack.localDescription?.sdp ?? "");
    const { iceUfrag, icePwd, fingerprints, setup } = effectiveTransport(own, own.media[0]);
    expect(setup).toBe(plan.setup);
    expect(own.media[0].formats).toEqual(["108"]);

    connectCandidates(pc, stack);
    connectCandidates(stack, pc);
    const opened = new Promise((resolve) => {
      channel.onopen = resolve;
    });
    const answer = writeAnswer(plan, {
      iceUfrag: iceUfrag ?? "",
      icePwd: icePwd ?? "",
      fingerprint: fingerprints[0],
      candidates: own.media.flatMap(({ candidates }) => candidates),
      tracks: { 0: { ...LOCAL.tracks[0], ssrc: own.media[0].ssrcAttributes[0].ssrc } },
    });
    await pc.setRemoteDescription({ type: "answer", sdp: writeSdp(answer) });
    await opened;
    const [video] = pc.getTransceivers();
    await expect.poll(() => decoded(video), { timeout: 10_000 }).toEqual({ codec: "video/H264 108", hasFrames: true });
    stop.abort();
  });
});

function connectCandidates(from: RTCPeerConnection, to: RTCPeerConnection): void {
  from.onicecandidate = ({ candidate }) => {
    if (candidate !== null) {
      to.addIceCandidate(candidate).catch(() => {});
    }
  };
}

async function decoded({ receiver }: RTCRtpTransceiver): Promise<{ codec: string; hasFrames: boolean }> {
  const report = await receiver.getStats();
  let codec = "";
  let hasFrames = false;
  report.forEach((entry: RTCStats & { mimeType?: string; payloadType?: number; framesDecoded?: number }) => {
    if (entry.type === "codec") {
      codec = `${entry.mimeType} ${entry.payloadType}`;
    } else if (entry.type === "inbound-rtp") {
      hasFrames = (entry.framesDecoded ?? 0) > 0;
    }
  });
  return { codec, hasFrames };
}
