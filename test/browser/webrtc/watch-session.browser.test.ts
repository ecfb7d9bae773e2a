// WatchSession in a real Chromium, against a callee in the same page: media, control, every end, and starting again.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WatchSession, type WatchSessionOptions } from "../../../src/browser/webrtc/watch-session.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { seconds } from "../../../src/core/time/units.js";
import type { PeerSessionState } from "../../../src/core/webrtc/peer-session-state.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { LoopbackCallee, loudness, WireEnd } from "./loopback-callee.js";

const FLOE = "floe|floe-server";
const PATIENCE = { timeout: 10_000 };

let ours: WireEnd;
let theirs: WireEnd;
let callee: LoopbackCallee;
let session: WatchSession;
let states: PeerSessionState["kind"][];

function watch(options: Partial<WatchSessionOptions> = {}): WatchSession {
  session = new WatchSession({ signaller: ours, peer: FLOE, ...options });
  states = [];
  session.changed.on(({ kind }) => states.push(kind));
  return session;
}

async function reaches(kind: PeerSessionState["kind"]): Promise<void> {
  await expect.poll(() => session.state.kind, PATIENCE).toBe(kind);
}

function sent(end: WireEnd, kind: SignallingMessage["kind"]): SignallingMessage[] {
  return end.sent.filter((message) => message.kind === kind);
}

beforeEach(() => {
  [ours, theirs] = WireEnd.pair("viewer|1", FLOE);
  callee = new LoopbackCallee(theirs);
});

afterEach(() => {
  session.close();
  callee.close();
});

describe("watching", () => {
  test("brings picture and stereo sound, with statistics, over candidates that trickle both ways", async () => {
    // Chromium decodes sound for somebody who plays it only, be it muted.
    const element = document.createElement("video");
    element.muted = true;
    element.autoplay = true;
    element.srcObject = watch().stream;
    session.start();
    expect(session.words).toBe("Calling floe…");
    await reaches("active");
    expect(states).toEqual(["outgoing-init", "negotiating", "active"]);
    expect(session.words).toBe("Connected.");
    await expect
      .poll(
        () =>
          session.stream
            .getTracks()
            .map(({ kind }) => kind)
            .sort(),
        PATIENCE,
      )
      .toEqual(["audio", "video"]);
    await expect.poll(async () => (await session.stats()).video?.framesDecoded ?? 0, PATIENCE).toBeGreaterThan(5);
    await expect.poll(async () => (await session.stats()).audio?.packetsReceived ?? 0, PATIENCE).toBeGreaterThan(5);
    const stats = await session.stats();
    expect(stats.video).toMatchObject({ width: 300, height: 150, codec: expect.stringMatching(/VP8|H264/) });
    expect(stats.audio).toMatchObject({ codec: "opus" });
    const { left, right } = await loudness(session.stream.getAudioTracks()[0]);
    expect(left).toBeGreaterThan(0.1);
    expect(right).toBeLessThan(left / 4);
    expect(stats.path).toMatch(/^(host|prflx) udp$/);
    expect(sent(ours, "candidate").length).toBeGreaterThan(0);
    expect(sent(theirs, "candidate").length).toBeGreaterThan(0);
    element.srcObject = null;
  });

  test("goes on when the browser calls the connection failed for a moment, while ICE still looks for a path", async () => {
    const made: RTCPeerConnection[] = [];
    const Plain = RTCPeerConnection;
    vi.stubGlobal(
      "RTCPeerConnection",
      class extends Plain {
        constructor(config?: RTCConfiguration) {
          super(config);
          made.push(this);
        }
      },
    );
    // Held back until the moment is over: without addresses there is no path yet, however quick this machine is.
    const held: (() => void)[] = [];
    for (const end of [ours, theirs]) {
      end.filter = (message) => {
        if (message.kind !== "control") {
          held.push(() => end.send(message));
        }
        return message.kind === "control";
      };
    }
    try {
      watch().start();
      await reaches("negotiating");
      await expect.poll(() => made[0].sctp, PATIENCE).not.toBeNull();
      Object.defineProperty(made[0], "connectionState", { value: "failed", configurable: true });
      made[0].dispatchEvent(new Event("connectionstatechange"));
      Reflect.deleteProperty(made[0], "connectionState");
      expect(session.state.kind).toBe("negotiating");
      for (const end of [ours, theirs]) {
        end.filter = () => true;
      }
      for (const send of held) {
        send();
      }
      await reaches("active");
      expect(states).toEqual(["outgoing-init", "negotiating", "active"]);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  test("plays in a video element that has the stream from the beginning", async () => {
    const element = document.createElement("video");
    element.muted = true;
    element.autoplay = true;
    element.srcObject = watch().stream;
    session.start();
    await expect.poll(() => element.videoWidth, PATIENCE).toBe(300);
    element.srcObject = null;
  });

  test("offers to receive one picture, one sound and the data channel", async () => {
    watch().start();
    await expect.poll(() => sent(ours, "description").length, PATIENCE).toBe(1);
    const [offer] = sent(ours, "description");
    const sections = offer.kind === "description" ? parseSdp(offer.sdp).media : [];
    expect(sections.map(({ kind, direction }) => `${kind} ${direction}`)).toEqual([
      "video recvonly",
      "audio recvonly",
      "application undefined",
    ]);
  });

  test("exchanges messages on the control channel", async () => {
    const heard: (string | Uint8Array)[] = [];
    watch().controlReceived.on((message) => heard.push(message));
    expect(session.sendControl("too early")).toBe(false);
    session.start();
    await expect.poll(() => session.sendControl("hello"), PATIENCE).toBe(true);
    await expect.poll(() => heard[0], PATIENCE).toBe("echo hello");
    expect(callee.channel?.label).toBe("control");
    callee.channel?.send(Uint8Array.of(1, 2, 3));
    await expect.poll(() => heard[1], PATIENCE).toEqual(Uint8Array.of(1, 2, 3));
  });

  test.each<["live" | "sync", number | null]>([
    ["live", 0],
    ["sync", null],
  ])("with playout %s asks for a jitter buffer of %s ms", async (playout, target) => {
    const added = vi.spyOn(RTCPeerConnection.prototype, "addTransceiver");
    watch({ playout }).start();
    await reaches("active");
    const [video, audio] = added.mock.results.map(({ value }): RTCRtpTransceiver => value);
    added.mockRestore();
    expect([video.receiver.jitterBufferTarget, audio.receiver.jitterBufferTarget]).toEqual([target, target]);
    session.playout = playout === "live" ? "sync" : "live";
    expect([video.receiver.jitterBufferTarget, audio.receiver.jitterBufferTarget]).not.toContain(target);
  });
});

describe("the end", () => {
  test("by us: the peer is told, and its call ends too", async () => {
    watch().start();
    await reaches("active");
    session.hangup();
    expect(session.state).toMatchObject({ kind: "ended", reason: { code: "hangup", by: "local" } });
    expect(states.slice(-2)).toEqual(["ending", "ended"]);
    expect(session.stream.getTracks()).toEqual([]);
    await expect.poll(() => callee.session.state.kind, PATIENCE).toBe("ended");
  });

  test("by the peer, with its reason in words", async () => {
    watch().start();
    await reaches("active");
    callee.driver.handle({ kind: "hangup", reason: "source unavailable: clip.mp4 is gone" });
    await reaches("ended");
    expect(session.words).toBe("The other side ended the call: source unavailable: clip.mp4 is gone.");
  });

  test("because the peer is busy", async () => {
    callee.behave = (driver) => driver.handle({ kind: "reject", reason: "busy" });
    watch().start();
    await reaches("ended");
    expect(session.words).toBe("The other side is busy with another call.");
  });

  test("because the peer went offline", async () => {
    watch().start();
    await reaches("active");
    session.peerGone();
    expect(session.words).toBe("The other side has gone offline.");
  });

  test("because nobody answers, on time", () => {
    const clock = new ManualClock();
    theirs.filter = () => false;
    watch({ clock }).start();
    clock.advance(seconds(30));
    expect(session.words).toBe("Nobody answered the call.");
    expect(clock.pending).toBe(0);
  });

  test("because the answer is no answer", async () => {
    theirs.filter = (message) => message.kind !== "description";
    watch().start();
    await expect.poll(() => sent(theirs, "description").length, PATIENCE).toBe(1);
    ours.received.emit({ kind: "description", peer: FLOE, type: "answer", sdp: "v=0\r\n" });
    await reaches("ended");
    expect(session.state).toMatchObject({ reason: { code: "negotiation-failed" } });
    expect(session.words).toMatch(
      /^The two sides could not agree on a connection: the browser does not take the answer/,
    );
    expect(sent(ours, "control").at(-1)).toMatchObject({ control: "hangup" });
  });

  test("because the browser does not take the ICE servers", async () => {
    watch({ iceServers: [{ urls: "http://nowhere" }] }).start();
    await reaches("ended");
    expect(session.words).toMatch(/the browser made no connection/);
  });
});

describe("the end without media names the step that failed:", () => {
  /** Lets the callee's answer through without addresses, changed by `forge`, and neither its candidates nor its own end. */
  function answerAlone(forge: (sdp: string) => string = (sdp) => sdp): void {
    theirs.filter = (message) => {
      if (message.kind === "description") {
        const sdp = forge(message.sdp.replace(/^a=candidate:.*\r\n/gm, ""));
        queueMicrotask(() => ours.received.emit({ ...message, peer: FLOE, sdp }));
      }
      return message.kind === "control" && message.control !== "hangup";
    };
  }

  test("encryption, when the certificate is not the one that the answer tells", async () => {
    const wrong = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AA").join(":")}`;
    answerAlone((sdp) => sdp.replace(/a=fingerprint:.*/g, wrong));
    watch().start();
    await reaches("ended");
    expect(session.state).toMatchObject({ reason: { code: "dtls-failed" } });
    expect(session.words).toBe("There is a path for the media, but the encryption on it (DTLS) failed.");
    await expect
      .poll(() => sent(ours, "control").at(-1), PATIENCE)
      .toMatchObject({ control: "hangup", code: "dtls-failed" });
  });

  test("encryption, also when the browser first calls the connection failed and then its encryption", async () => {
    const offered = vi.spyOn(RTCPeerConnection.prototype, "createOffer");
    answerAlone();
    ours.filter = (message) => message.kind !== "candidate";
    watch().start();
    await expect.poll(() => sent(theirs, "description").length, PATIENCE).toBe(1);
    const [peer] = offered.mock.contexts as RTCPeerConnection[];
    offered.mockRestore();
    await expect.poll(() => peer.signalingState, PATIENCE).toBe("stable");
    Object.defineProperty(peer, "connectionState", { value: "failed" });
    peer.dispatchEvent(new Event("connectionstatechange"));
    expect(session.state.kind).toBe("negotiating");
    const transport = peer.sctp?.transport as RTCDtlsTransport;
    Object.defineProperty(transport, "state", { value: "failed" });
    transport.dispatchEvent(new Event("statechange"));
    expect(session.state).toMatchObject({ kind: "ended", reason: { code: "dtls-failed" } });
  });

  test("addresses, when the other side tells none", async () => {
    const clock = new ManualClock();
    answerAlone();
    ours.filter = (message) => message.kind !== "candidate";
    watch({ clock }).start();
    await expect.poll(() => sent(theirs, "description").length, PATIENCE).toBe(1);
    clock.advance(seconds(15));
    await reaches("ended");
    expect(session.state).toMatchObject({ reason: { code: "no-candidates" } });
    expect(session.words).toMatch(/the other side sent no address to reach it at\.$/);
  });

  test("the path, with what was tried for it, when no address leads to the other side", async () => {
    const clock = new ManualClock();
    answerAlone();
    ours.filter = (message) => message.kind !== "candidate";
    watch({ clock, iceServers: [{ urls: "stun:nobody.invalid" }] }).start();
    await expect.poll(() => sent(theirs, "description").length, PATIENCE).toBe(1);
    await expect.poll(() => sent(ours, "candidate").length, PATIENCE).toBeGreaterThan(1);
    const candidate = { candidate: "candidate:1 1 udp 1 240.0.0.1 9 typ host", sdpMid: "0" };
    ours.received.emit({ kind: "candidate", peer: FLOE, candidate });
    // The end of our own candidates: by then the browser has told of the server's name.
    await expect
      .poll(
        () =>
          sent(ours, "candidate").some((message) => message.kind === "candidate" && message.candidate.candidate === ""),
        PATIENCE,
      )
      .toBe(true);
    clock.advance(seconds(15));
    await reaches("ended");
    expect(session.state).toMatchObject({ reason: { code: "no-path" } });
    expect(session.words).toMatch(
      /^No path for the media came about: tried host \(\d+\), STUN \(none: 701 STUN host lookup.*\), relay \(none: no TURN server\) here, and host \(1\) there\.$/,
    );
  });
});

describe("again", () => {
  test("after an end, with the same stream and new tracks", async () => {
    const { stream } = watch();
    for (let round = 0; round < 2; round++) {
      session.start();
      await reaches("active");
      await expect.poll(() => stream.getVideoTracks().length, PATIENCE).toBe(1);
      session.hangup();
    }
    expect(states.filter((kind) => kind === "active")).toHaveLength(2);
  });

  test("at once from inside the news of the end", async () => {
    let rounds = 0;
    watch().changed.on(({ kind }) => {
      if (kind === "ended" && rounds++ === 0) {
        session.start();
      }
    });
    session.start();
    await reaches("active");
    session.hangup();
    await reaches("active");
    expect(states.filter((kind) => kind === "ended")).toHaveLength(1);
  });

  test("hanging up and calling again before the peer has closed is not busy", async () => {
    watch().start();
    await reaches("active");
    session.hangup();
    session.start();
    await reaches("active");
    expect(callee.states.filter((kind) => kind === "active")).toHaveLength(2);
  });

  test("starting twice is one call", async () => {
    watch().start();
    session.start();
    await reaches("active");
    session.start();
    expect(sent(ours, "control")).toHaveLength(1);
  });

  test("but not after close", () => {
    watch().close();
    session.start();
    expect(states).toEqual([]);
    expect(ours.received.size).toBe(0);
  });
});

describe("guards", () => {
  test("messages of other peers are not for this call", async () => {
    watch().start();
    ours.received.emit({ kind: "control", peer: "eve|2", control: "hangup" });
    await reaches("active");
    ours.received.emit({ kind: "control", peer: "eve|2", control: "hangup" });
    expect(session.state.kind).toBe("active");
  });

  test("nothing of an ended call is heard any more", async () => {
    watch().start();
    await expect.poll(() => sent(ours, "description").length, PATIENCE).toBe(1);
    session.hangup();
    const messages = ours.sent.length;
    const told = states.length;
    await expect.poll(() => callee.session.state.kind, PATIENCE).toBe("ended");
    expect([ours.sent.length, states.length, session.stream.getTracks().length]).toEqual([messages, told, 0]);
    expect(ours.received.size).toBe(0);
  });

  test("candidates that make no sense do no harm", async () => {
    watch().start();
    await expect.poll(() => sent(ours, "description").length, PATIENCE).toBe(1);
    ours.received.emit({ kind: "candidate", peer: FLOE, candidate: { candidate: "candidate:nonsense", sdpMid: "9" } });
    ours.received.emit({ kind: "candidate", peer: FLOE, candidate: { candidate: "" } });
    await reaches("active");
  });

  test("statistics without a call are empty", async () => {
    const empty = { intervalMs: 0, video: undefined, audio: undefined, roundTripMs: undefined, path: "" };
    expect(await watch().stats()).toEqual(empty);
  });
});
