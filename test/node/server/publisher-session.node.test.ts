// One publisher's call on a manual clock: when its recording begins, what its end is, and what becomes of it in between.
import { beforeAll, expect, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { Signal } from "../../../src/core/signal/signal.js";
import { recordingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import type { PeerTransport, PeerTransportState } from "../../../src/core/webrtc/peer-transport.js";
import { ReceiveMemory } from "../../../src/core/webrtc/receive-memory.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import type { LiveRecording } from "../../../src/node/record/live-recording.js";
import {
  PublisherSession,
  type PublisherSessionOptions,
} from "../../../src/node/server/modes/record/publisher-session.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { MediaSource } from "../../sim/media-source.js";
import { AUDIO, publishOffer } from "../../sim/publish-world.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

const PEER = "ada|1";

// Compiled once, memory takes no more than some turns of promises.
beforeAll(() => ReceiveMemory.create());

/** A recording that counts. */
class CountingRecording {
  readonly id = "ada-1";
  readonly keyFrameNeeded = new Signal();
  readonly ended: Signal<FloeError | undefined> = new Signal();
  written = 0;
  ends = 0;
  readonly sink = {
    keyFrameNeeded: this.keyFrameNeeded,
    write: (): void => void this.written++,
    report: () => ({ state: "recording", bytes: this.written, durationUs: 0 }),
  };

  async end(): Promise<void> {
    this.ends++;
    this.ended.emit(undefined);
  }

  get live(): LiveRecording {
    return this as unknown as LiveRecording;
  }
}

/** A session whose call is `up` unless it is to be brought there by hand. */
async function rig(options: Partial<PublisherSessionOptions> = {}) {
  const clock = new ManualClock();
  const sent: SignallingMessage[] = [];
  const recording = new CountingRecording();
  const carrier = { isOpen: true, received: new Signal<Uint8Array>(), send: () => true };
  const stateChanged = new Signal<PeerTransportState>();
  let closed = 0;
  const transport: PeerTransport = {
    state: "connecting",
    pathFound: new Signal(),
    iceCredentials: undefined,
    candidateGathered: new Signal(),
    stateChanged,
    mediaOpened: new Signal(),
    dataChannelOpened: new Signal(),
    accept: () => ({
      iceUfrag: "u",
      icePwd: "p",
      fingerprint: { algorithm: "sha-256", value: "AA:BB" },
      setup: "active",
    }),
    media: () => carrier,
    addRemoteCandidate: () => {},
    close: () => void closed++,
  };
  const session = new PublisherSession({
    peer: PEER,
    signaller: { send: (message) => void sent.push(message), received: new Signal() },
    openTransport: () => transport,
    capabilities: recordingCapabilities(),
    begin: async () => recording.live,
    clock,
    entropy: new SeededEntropy(),
    logger: Logger.silent(),
    ...options,
  });
  const ends: string[] = [];
  session.ended.on((reason) => ends.push(reason));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const receive = async (message: object): Promise<void> => {
    session.receive({ peer: PEER, ...message } as SignallingMessage);
    await settle();
  };
  const audio = new MediaSource({ ...AUDIO, clockRateHz: 48_000, frameUs: 20_000, packetsPerFrame: 1 });
  return {
    clock,
    session,
    sent,
    ends,
    recording,
    settle,
    receive,
    stateChanged,
    closed: () => closed,
    /** Rings, offers and connects. */
    async connect(): Promise<void> {
      await receive({ kind: "control", control: "init" });
      await receive({ kind: "description", type: "offer", sdp: publishOffer() });
      stateChanged.emit("connected");
    },
    /** Sound comes for so long. */
    sound(ms: number): void {
      for (let i = 0; i < ms / 20; i++) {
        for (const packet of audio.frame([Uint8Array.of(0xfc, 1, 2, 3)])) {
          carrier.received.emit(packet);
        }
        clock.advance(20_000);
      }
    },
  };
}

test("what comes is written from the answer on, and the recording is completed with the call, once", async () => {
  const { session, sent, ends, recording, connect, sound, receive, closed } = await rig();
  await connect();
  expect(sent.map((message) => message.kind)).toEqual(["control", "description"]);
  sound(200);
  expect(session.status()).toMatchObject({ state: "active", recording: { id: "ada-1", bytes: 10 }, words: "" });
  await receive({ kind: "control", control: "hangup", reason: "hangup" });
  await session.completed;
  expect([recording.written, recording.ends, ends, closed() > 0]).toEqual([10, 1, ["The other side hung up."], true]);
});

test("a recording that cannot begin ends the call with the reason, and one that begins too late is completed", async () => {
  const refused = await rig({
    begin: () => Promise.reject(new FloeError("record/no-space", "the disk is full", { fix: "Make room." })),
  });
  await refused.connect();
  await refused.settle();
  expect(refused.sent.at(-1)).toMatchObject({
    control: "hangup",
    reason: "cannot record: record/no-space: the disk is full. Make room.",
  });
  expect(refused.ends.length).toBe(1);

  let begin: (live: LiveRecording) => void = () => {};
  const late = await rig({
    begin: () =>
      new Promise((resolve) => {
        begin = resolve;
      }),
  });
  await late.connect();
  late.session.hangup("enough");
  begin(late.recording.live);
  await late.session.completed;
  expect(late.recording.ends).toBe(1);
});

test("a recording that ends by itself ends the call, with its reason", async () => {
  const { sent, recording, connect } = await rig();
  await connect();
  recording.ended.emit(new FloeError("record/disk-full", "there is no room", { fix: "Make some." }));
  expect(sent.at(-1)).toMatchObject({
    control: "hangup",
    reason: "the recording has failed: record/disk-full: there is no room. Make some.",
  });
});

test("a recording that throws ends the call: nobody may believe that it is recorded", async () => {
  const { recording, connect, sound, ends, session } = await rig();
  await connect();
  recording.sink.write = () => {
    throw new Error("a listener of the recorder's events");
  };
  sound(20);
  await session.completed;
  expect([ends, recording.ends]).toEqual([["the recording has failed: the server has failed"], 1]);
});

test("without signalling the call goes on for as long as media comes, and 10 s beyond", async () => {
  const { session, ends, recording, clock, connect, sound } = await rig();
  await connect();
  sound(1000);
  session.peerGone();
  sound(60_000);
  expect(ends).toEqual([]);
  clock.advance(9_000_000);
  expect(ends).toEqual([]);
  clock.advance(2_000_000);
  await session.completed;
  expect([ends.length, recording.written, recording.ends]).toEqual([1, 3050, 1]);
  expect(clock.pending).toBe(0);
});

test("a publisher that is lost before anything came has 10 s as well", async () => {
  const { session, ends, clock, connect } = await rig();
  await connect();
  session.peerGone();
  clock.advance(9_000_000);
  expect(ends).toEqual([]);
  clock.advance(2_000_000);
  expect(ends.length).toBe(1);
});

test("before there is a path, a publisher that leaves is gone at once", async () => {
  const { session, ends, receive, clock } = await rig();
  await receive({ kind: "control", control: "init" });
  session.peerGone();
  expect([ends.length, clock.pending]).toEqual([1, 0]);
});

test("a path that breaks may come back for 10 s", async () => {
  const { session, ends, clock, connect, stateChanged } = await rig();
  await connect();
  stateChanged.emit("disconnected");
  clock.advance(9_900_000);
  stateChanged.emit("connected");
  clock.advance(20_000_000);
  expect([session.status().state, ends]).toEqual(["active", []]);
  stateChanged.emit("disconnected");
  clock.advance(10_100_000);
  expect(ends.length).toBe(1);
});

test("an offer that is none, and a connection that cannot be opened, end the call in words that tell nothing of the inside", async () => {
  const { sent, receive } = await rig();
  await receive({ kind: "control", control: "init" });
  await receive({ kind: "description", type: "offer", sdp: "no SDP" });
  expect(sent.at(-1)).toMatchObject({ control: "hangup", reason: expect.stringMatching(/^sdp\//) });

  const closed = await rig({
    openTransport: () => {
      throw new Error("no ports left");
    },
  });
  await closed.receive({ kind: "control", control: "init" });
  await closed.receive({ kind: "description", type: "offer", sdp: publishOffer() });
  expect(closed.sent.at(-1)).toMatchObject({ control: "hangup", reason: "the server could not open a connection" });
});
