// PublishSession in a real Chromium, against a callee in the same page: what is offered, what arrives, and every end.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PublishSession, type PublishSessionOptions } from "../../../src/browser/webrtc/publish-session.js";
import { withStereo } from "../../../src/browser/webrtc/stereo-offer.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { seconds } from "../../../src/core/time/units.js";
import type { PeerSessionState } from "../../../src/core/webrtc/peer-session-state.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { LoopbackCallee, loudness, mediaOf, movingPicture, tone, WireEnd } from "./loopback-callee.js";

const FLOE = "floe|floe-server";
const PATIENCE = { timeout: 10_000 };
const HD = { width: 1280, height: 720 };

let ours: WireEnd;
let theirs: WireEnd;
let callee: LoopbackCallee;
let session: PublishSession;
let states: PeerSessionState["kind"][];
let stop: AbortController;

/** A session with picture and sound, of a size. */
function publish(options: Partial<PublishSessionOptions> = {}, size = HD): PublishSession {
  const stream = new MediaStream([movingPicture(stop.signal, size), tone(stop.signal)]);
  session = new PublishSession({ signaller: ours, peer: FLOE, stream, ...options });
  states = [];
  session.stateChanged.on(({ kind }) => states.push(kind));
  return session;
}

async function reaches(kind: PeerSessionState["kind"]): Promise<void> {
  await expect.poll(() => session.state.kind, PATIENCE).toBe(kind);
}

/** What the callee receives of a kind. */
async function received(kind: "video" | "audio"): Promise<MediaStreamTrack> {
  const find = (): MediaStreamTrack | undefined => callee.received.find((track) => track.kind === kind);
  await expect.poll(find, PATIENCE).toBeDefined();
  return find() as MediaStreamTrack;
}

/** The sizes of `frames` frames as they arrive, a size that repeats told once. */
async function sizes(track: MediaStreamTrack, frames: number): Promise<string[]> {
  const reader = mediaOf<VideoFrame>(track);
  const seen: string[] = [];
  for (let i = 0; i < frames; i++) {
    const { value } = await reader.read();
    const size = `${value?.codedWidth}x${value?.codedHeight}`;
    value?.close();
    if (seen.at(-1) !== size) {
      seen.push(size);
    }
  }
  await reader.cancel();
  return seen;
}

function sent(end: WireEnd, kind: SignallingMessage["kind"]): SignallingMessage[] {
  return end.sent.filter((message) => message.kind === kind);
}

/** Tells the session of a state that its connection is not in. */
function pretend(peer: RTCPeerConnection, connectionState: RTCPeerConnectionState): void {
  Object.defineProperty(peer, "connectionState", { value: connectionState, configurable: true });
  peer.dispatchEvent(new Event("connectionstatechange"));
}

beforeEach(() => {
  [ours, theirs] = WireEnd.pair("publisher|1", FLOE);
  callee = new LoopbackCallee(theirs, { sends: false });
  stop = new AbortController();
});

afterEach(() => {
  session.close();
  callee.close();
  stop.abort();
});

describe("publishing", () => {
  test("brings picture and sound to the peer, in H.264 and Opus, in the full size from the first frame on", async () => {
    publish().start();
    expect(session.words).toBe("Calling floe…");
    expect(await sizes(await received("video"), 30)).toEqual(["1280x720"]);
    expect(states).toEqual(["outgoing-init", "negotiating", "active"]);
    expect(session.words).toBe("Connected.");
    await session.stats();
    await expect.poll(async () => (await session.stats()).video?.roundTripMs, PATIENCE).toBeDefined();
    const { video, audio, path } = await session.stats();
    expect(video).toMatchObject({ codec: "H264", ...HD, packetsResent: 0, limitation: "none", limitationWords: "" });
    expect(video?.framesSent).toBeGreaterThan(20);
    expect(video?.keyFramesEncoded).toBeGreaterThan(0);
    expect(audio).toMatchObject({ codec: "opus", packetsLost: 0 });
    expect(audio?.packetsSent).toBeGreaterThan(20);
    expect(path).toMatch(/^(host|prflx) udp$/);
  });

  test("offers to send only, H.264 constrained baseline before VP8 before the rest, and asks nobody for a data channel", async () => {
    publish().start();
    await expect.poll(() => sent(ours, "description").length, PATIENCE).toBe(1);
    const [offer] = sent(ours, "description");
    const sdp = offer.kind === "description" ? offer.sdp : "";
    const sections = parseSdp(sdp).media;
    expect(sections.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual(["video sendonly", "audio sendonly"]);
    const [first, ...rest] = [...sdp.matchAll(/^a=rtpmap:(\d+) (H264|VP8|VP9|AV1)\/90000/gm)];
    expect(sdp).toMatch(new RegExp(`^m=video \\d+ \\S+ ${first[1]} `, "m"));
    expect(sdp).toMatch(new RegExp(`^a=fmtp:${first[1]} .*packetization-mode=1;profile-level-id=42e01f`, "m"));
    const names = [first, ...rest].map(([, , name]) => name);
    expect(names.lastIndexOf("H264")).toBeLessThan(names.indexOf("VP8"));
    expect(names.indexOf("VP8")).toBeLessThan(names.indexOf("VP9"));
  });

  test("sends VP8 to a peer that takes nothing else", async () => {
    callee.answering = (peer) => {
      const vp8 = RTCRtpReceiver.getCapabilities("video")?.codecs.filter(({ mimeType }) => mimeType === "video/VP8");
      peer.getTransceivers()[0].setCodecPreferences(vp8 ?? []);
    };
    publish().start();
    expect(await sizes(await received("video"), 10)).toEqual(["1280x720"]);
    await expect.poll(async () => (await session.stats()).video?.codec, PATIENCE).toBe("VP8");
  });

  test("of music sends both ears", async () => {
    // A peer that plays stereo and does not ask for it.
    callee.answer = withStereo;
    theirs.filter = (message) => {
      const isAnswer = message.kind === "description";
      if (isAnswer) {
        const sdp = message.sdp.replace(";stereo=1", "");
        queueMicrotask(() => ours.received.emit({ ...message, peer: FLOE, sdp }));
      }
      return !isAnswer;
    };
    publish({ isMusic: true }).start();
    const track = await received("audio");
    // Chromium decodes sound for somebody who plays it only, be it muted.
    const element = Object.assign(document.createElement("audio"), { muted: true, autoplay: true });
    element.srcObject = new MediaStream([track]);
    const { left, right } = await loudness(track);
    element.srcObject = null;
    expect(left).toBeGreaterThan(0.1);
    expect(right).toBeLessThan(left / 4);
  });

  test("tells the browser what the picture shows, unless the page has said so", () => {
    publish({ contentHint: "detail" });
    expect(session.tracks.map(({ contentHint }) => contentHint)).toEqual(["detail", ""]);
    const track = movingPicture(stop.signal);
    track.contentHint = "motion";
    publish({ contentHint: "detail", stream: new MediaStream([track]) });
    expect(track.contentHint).toBe("motion");
  });

  test("goes on with another picture without a new offer", async () => {
    publish({}, { width: 640, height: 360 }).start();
    const arriving = await received("video");
    expect(await sizes(arriving, 5)).toEqual(["640x360"]);
    const [before] = session.tracks;
    const other = movingPicture(stop.signal, { width: 320, height: 180 });
    await session.replaceTrack(other);
    expect(session.tracks[0]).toBe(other);
    expect(before.readyState).toBe("live");
    const reader = mediaOf<VideoFrame>(arriving);
    await expect
      .poll(async () => {
        const { value } = await reader.read();
        const width = value?.codedWidth;
        value?.close();
        return width;
      }, PATIENCE)
      .toBe(320);
    await reader.cancel();
    expect(sent(ours, "description")).toHaveLength(1);
  });

  test("cannot go on with a kind that was not there, or with a track that has ended", async () => {
    publish({ stream: new MediaStream([movingPicture(stop.signal)]) });
    await expect(session.replaceTrack(tone(stop.signal))).rejects.toMatchObject({ code: "publish/no-such-kind" });
    const over = movingPicture(stop.signal);
    over.stop();
    await expect(session.replaceTrack(over)).rejects.toMatchObject({ code: "publish/track-ended" });
  });

  test("tells of a device that goes away, and not of one that was replaced", async () => {
    publish();
    const told: MediaStreamTrack[] = [];
    session.trackEnded.on((track) => told.push(track));
    const [first] = session.tracks;
    const second = movingPicture(stop.signal);
    await session.replaceTrack(second);
    first.dispatchEvent(new Event("ended"));
    second.dispatchEvent(new Event("ended"));
    expect(told).toEqual([second]);
  });
});

describe("refuses", () => {
  test.each([
    ["a stream without tracks", () => [], "publish/no-tracks"],
    ["two pictures", () => [movingPicture(stop.signal), movingPicture(stop.signal)], "publish/too-many-tracks"],
    [
      "a track that has ended",
      () => {
        const track = movingPicture(stop.signal);
        track.stop();
        return [track];
      },
      "publish/track-ended",
    ],
  ])("%s", (_, tracks, code) => {
    expect(() => publish({ stream: new MediaStream(tracks()) })).toThrowError(expect.objectContaining({ code }));
    publish();
  });
});

describe("the end", () => {
  test("by us: the peer is told, and the stream stays the page's", async () => {
    publish().start();
    await reaches("active");
    session.hangup("done");
    expect(await session.ended).toEqual({ code: "hangup", by: "local", detail: "done" });
    await expect
      .poll(() => callee.session.state, PATIENCE)
      .toMatchObject({ kind: "ended", reason: { detail: "done" } });
    expect(session.tracks.map(({ readyState }) => readyState)).toEqual(["live", "live"]);
    expect(ours.received.size).toBe(0);
    session.start();
    expect(session.state.kind).toBe("ended");
    expect((await session.stats()).video).toBeUndefined();
  });

  test("by the peer, with its words", async () => {
    publish().start();
    await reaches("active");
    callee.driver.handle({ kind: "hangup", reason: "the disk is full" });
    expect(await session.ended).toMatchObject({ code: "hangup", by: "remote" });
    expect(session.words).toBe("The other side ended the call: the disk is full.");
  });

  test("because the browser does not take what is asked of it", async () => {
    publish({ maxFps: -1 }).start();
    expect(await session.ended).toMatchObject({ code: "negotiation-failed" });
    expect(session.words).toMatch(/the browser made no connection/);
  });

  test("before it began: a session that is closed has ended", async () => {
    publish().close();
    expect(await session.ended).toMatchObject({ code: "hangup", by: "local" });
    session.start();
    expect(states).toEqual([]);
  });

  test("after ten seconds without a path, and not before", async () => {
    const made = vi.spyOn(RTCPeerConnection.prototype, "createOffer");
    const clock = new ManualClock();
    publish({ clock }).start();
    await reaches("active");
    const [peer] = made.mock.contexts as RTCPeerConnection[];
    made.mockRestore();
    pretend(peer, "disconnected");
    clock.advance(seconds(9));
    pretend(peer, "connected");
    clock.advance(seconds(60));
    expect(session.state).toMatchObject({ kind: "active" });
    pretend(peer, "disconnected");
    expect(session.words).toBe("The connection is interrupted; it may come back.");
    clock.advance(seconds(10));
    expect(await session.ended).toMatchObject({ code: "connection-lost" });
  });
});
