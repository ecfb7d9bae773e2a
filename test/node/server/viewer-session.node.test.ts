import { expect, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { Signal } from "../../../src/core/signal/signal.js";
import type { PeerTransport } from "../../../src/core/webrtc/peer-transport.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import type { LiveSource } from "../../../src/node/server/modes/stream/live-source.js";
import type { Lease } from "../../../src/node/server/modes/stream/on-demand.js";
import { StreamMemory } from "../../../src/node/server/modes/stream/stream-memory.js";
import { ViewerSession, type ViewerSessionOptions } from "../../../src/node/server/modes/stream/viewer-session.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

const PEER = "viewer|1";

/** A session over a made-up source; what it sends is in `sent`. */
async function rig(options: Partial<ViewerSessionOptions> = {}) {
  const clock = new ManualClock();
  const sent: SignallingMessage[] = [];
  const leases = { held: 0 };
  const session = new ViewerSession({
    peer: PEER,
    signaller: { send: (message) => void sent.push(message), received: new Signal() },
    acquireSource: async () => {
      leases.held++;
      return { resource: { tracks: [] } as unknown as LiveSource, release: () => void leases.held-- };
    },
    openTransport: () => {
      throw new Error("no ports left");
    },
    memory: await StreamMemory.create(50_000),
    webrtc: { playoutDelay: "off" },
    clock,
    entropy: new SeededEntropy(),
    logger: Logger.silent(),
    ...options,
  });
  const ends: string[] = [];
  session.ended.on((reason) => ends.push(reason));
  const receive = async (message: object): Promise<void> => {
    session.receive({ peer: PEER, ...message } as SignallingMessage);
    await new Promise((resolve) => setImmediate(resolve)); // Opening the source takes some turns of promises.
  };
  return { clock, session, sent, leases, ends, receive };
}

const INIT = { kind: "control", control: "init" };
const OFFER = { kind: "description", type: "offer", sdp: "v=0" };

test("a call is accepted once the source is open, and gives the source back at its end", async () => {
  const { session, sent, leases, ends, receive } = await rig();
  await receive(INIT);
  expect(sent).toMatchObject([{ control: "accept", peer: PEER }]);
  expect([session.status().state, leases.held]).toEqual(["negotiating", 1]);
  await receive({ kind: "control", control: "hangup", reason: "enough" });
  expect([leases.held, ends.length]).toEqual([0, 1]);
});

test("a source that cannot be opened is told as the reason of the refusal", async () => {
  const { sent, ends, receive } = await rig({
    acquireSource: () => Promise.reject(new FloeError("source/not-found", "clip.mp4 does not exist")),
  });
  await receive(INIT);
  expect(sent).toMatchObject([
    { control: "reject", reason: "source unavailable: source/not-found: clip.mp4 does not exist." },
  ]);
  expect(ends.length).toBe(1);
});

test("a viewer that leaves while the source opens does not keep it open", async () => {
  let open: (lease: Lease<LiveSource>) => void = () => {};
  const { session, leases, ends, receive } = await rig({
    acquireSource: () =>
      new Promise((resolve) => {
        open = resolve;
      }),
  });
  await receive(INIT);
  session.peerGone();
  expect(ends.length).toBe(1);
  leases.held = 1;
  open({ resource: {} as LiveSource, release: () => void leases.held-- });
  await new Promise((resolve) => setImmediate(resolve));
  expect([leases.held, ends.length]).toEqual([0, 1]);
});

test("a connection that cannot be opened ends the call at once, in words that tell nothing of the inside", async () => {
  const { sent, leases, ends, receive } = await rig();
  await receive(INIT);
  await receive(OFFER);
  expect(sent.at(-1)).toMatchObject({ control: "hangup", reason: "the server could not open a connection" });
  expect([leases.held, ends.length]).toEqual([0, 1]);
});

test("an offer that does not parse ends the call with the parser's code and closes the connection", async () => {
  let closed = 0;
  const transport: PeerTransport = {
    state: "connecting",
    pathFound: new Signal(),
    iceCredentials: undefined,
    candidateGathered: new Signal(),
    stateChanged: new Signal(),
    mediaOpened: new Signal(),
    dataChannelOpened: new Signal(),
    accept: () => {
      throw new Error("not reached");
    },
    media: () => undefined,
    addRemoteCandidate: () => {},
    close: () => void closed++,
  };
  const { sent, leases, ends, receive } = await rig({ openTransport: () => transport });
  await receive(INIT);
  await receive({ ...OFFER, sdp: "this is no SDP" });
  expect(sent.at(-1)).toMatchObject({ control: "hangup", reason: expect.stringMatching(/^sdp\//) });
  expect([leases.held, ends.length, closed > 0]).toEqual([0, 1, true]);
});

test("a viewer that never offers is given up, and the source with it", async () => {
  const { clock, leases, ends, receive } = await rig();
  await receive(INIT);
  clock.advance(60_000_000);
  expect([leases.held, ends.length, clock.pending]).toEqual([0, 1, 0]);
});
