// What a receiver does with a stream that comes over a bad way: simulations on a manual clock.
import { describe, expect, test } from "vitest";
import { parseRtcp } from "../../../../src/core/rtp/rtcp/rtcp-parse.js";
import { ntpMiddle, toNtp } from "../../../../src/core/time/ntp.js";
import { MediaSource } from "../../../sim/media-source.js";
import { ReceiveWorld } from "../../../sim/receive-world.js";

const RTX = { ssrc: 8, payloadType: 97 };

function isInOrder({ handed }: ReceiveWorld): boolean {
  return handed.every((packet, i) => i === 0 || packet.sequence > (handed[i - 1]?.sequence ?? 0));
}

describe("over a way that loses 2 % with 40 ms of delay", () => {
  test.each([
    ["retransmissions on a stream of their own (RFC 4588)", RTX],
    ["packets sent once more as they were", undefined],
  ])("%s bring 99 %% of the pictures whole", async (_, rtx) => {
    const link = { lossRate: 0.02, delayMs: 40, jitterMs: 5 };
    const world = await ReceiveWorld.create({ seed: 11, link, source: { rtx, packetsPerFrame: 8 } });
    world.frames(3000);
    world.advance(1_000_000);
    const { repaired, lost, nackedPackets } = world.receiver.report();
    expect(world.wholeFrames() / world.source.frames).toBeGreaterThanOrEqual(0.99);
    expect(isInOrder(world)).toBe(true);
    expect(repaired).toBeGreaterThan(400);
    expect(lost).toBeLessThan(10);
    // A packet is asked for about once: not more often than it and its answer are lost.
    expect(nackedPackets / repaired).toBeLessThan(1.15);
  });
});

test.each([
  [0, 0, 0, 0],
  [0.01, 20, 0.05, 0.01],
  [0.05, 40, 0, 0.05],
  [0.1, 80, 0.02, 0],
  [0.2, 80, 0.05, 0.05],
])("with loss %d, jitter %d ms, reordering %d and copies %d packets come once, in order, and are all accounted for", async (lossRate, jitterMs, reorderRate, duplicateRate) => {
  const link = { lossRate, delayMs: 30, jitterMs, reorderRate, duplicateRate };
  const world = await ReceiveWorld.create({
    seed: 5,
    link,
    source: { rtx: RTX, firstSequence: 65_500, firstTimestamp: 2 ** 32 - 900_000 },
  });
  world.frames(1200);
  world.advance(2_000_000);
  const { handed, lost, waiting, jitterMs: jitter } = world.receiver.report();
  expect(isInOrder(world)).toBe(true);
  expect(new Set(world.handed.map(({ sequence }) => sequence)).size).toBe(handed);
  const first = world.handed[0]?.sequence ?? 0;
  const last = world.handed.at(-1)?.sequence ?? 0;
  expect([waiting, handed + lost]).toEqual([0, last - first + 1]);
  expect(handed / world.source.packets).toBeGreaterThan(lossRate < 0.2 ? 0.995 : 0.97);
  expect(jitter).toBeLessThanOrEqual(200);
  expect(world.receiver.counters.strays).toBe(0);
});

test("reordering alone is waited out and, after a few, not asked for", async () => {
  const world = await ReceiveWorld.create({ seed: 3, link: { delayMs: 20, reorderRate: 0.05 }, source: { rtx: RTX } });
  world.frames(300);
  const before = world.receiver.counters.nackedPackets;
  world.frames(900);
  expect(world.receiver.counters.lost).toBe(0);
  expect(world.receiver.counters.nackedPackets - before).toBeLessThan(0.1 * 0.05 * 3600);
});

test("what was lost for good is given up in the stated time, and told in front of the packet behind", async () => {
  const world = await ReceiveWorld.create({ receiver: { recoveryMs: 300 } });
  const packets = world.source.frame();
  world.source.feedback = () => [];
  world.arrive(packets[0] as Uint8Array, packets[3] as Uint8Array);
  world.advance(299_999);
  expect(world.handed.length).toBe(1);
  world.advance(1);
  expect(world.handed.map(({ packet, missing }) => [packet, missing])).toEqual([
    [0, 0],
    [3, 2],
  ]);
  world.arrive(packets[1] as Uint8Array, packets[3] as Uint8Array);
  expect(world.receiver.report()).toMatchObject({ lost: 2, late: 1, duplicates: 1, handed: 2 });
});

test("a missing packet is asked for at once, again after a round trip, and no more often than allowed", async () => {
  const world = await ReceiveWorld.create({ receiver: { maxAsks: 3, recoveryMs: 5000 } });
  const packets = world.source.frame();
  world.source.feedback = () => [];
  world.receiver.roundTripMeasured(40_000);
  const startUs = world.nowUs;
  const askedUs: number[] = [];
  const nacks = (): number => world.rtcp.filter((bytes) => bytes[1] === 205).length;
  world.arrive(packets[0] as Uint8Array, packets[2] as Uint8Array);
  for (let ms = 0; ms < 1000; ms++) {
    while (askedUs.length < nacks()) {
      askedUs.push(world.nowUs - startUs);
    }
    world.advance(1000);
  }
  expect(askedUs).toEqual([0, 60_000, 120_000]);
  // The third answer is waited for, then the packet is given up: long before the 5 s are over.
  expect(world.receiver.counters).toMatchObject({ lost: 1, nacks: 3, nackedPackets: 3 });
});

test("without asking, a gap is waited for as long as the jitter delay says", async () => {
  const world = await ReceiveWorld.create({ receiver: { maxAsks: 0, minDelayMs: 30 } });
  const packets = world.source.frame();
  world.arrive(packets[0] as Uint8Array, packets[2] as Uint8Array);
  world.advance(29_999);
  expect(world.handed.length).toBe(1);
  world.advance(1);
  expect([world.handed.length, world.receiver.counters.nacks]).toEqual([2, 0]);
});

test("paced packets leave at the source's beat, as late as jitter makes it necessary and no later than the bound", async () => {
  const link = { delayMs: 20, jitterMs: 60 };
  const world = await ReceiveWorld.create({ seed: 9, link, receiver: { playout: "paced", maxDelayMs: 200 } });
  world.frames(600);
  const settled = world.handed.filter(({ frame, packet }) => frame > 300 && packet === 0);
  const steps = settled.slice(1).map(({ nowUs }, i) => nowUs - (settled[i]?.nowUs ?? 0));
  const within = steps.filter((step) => Math.abs(step - world.source.frameUs) < 15_000).length;
  expect(within / steps.length).toBeGreaterThan(0.95);
  expect(world.receiver.report().delayMs).toBeLessThanOrEqual(200);
  expect(isInOrder(world)).toBe(true);
});

test("sequence numbers and timestamps wrap without a trace", async () => {
  const world = await ReceiveWorld.create({
    source: { firstSequence: 65_530, firstTimestamp: 2 ** 32 - 9000, packetsPerFrame: 3 },
  });
  world.frames(30);
  expect(world.handed.length).toBe(90);
  expect(world.handed.every(({ sequence }, i) => sequence === (world.handed[0]?.sequence ?? 0) + i)).toBe(true);
  const times = world.handed.filter(({ packet }) => packet === 0).map(({ timeUs }) => timeUs);
  expect(times.every((timeUs, i) => Math.abs(timeUs - i * 33_333) <= 12)).toBe(true);
  expect(world.receiver.report()).toMatchObject({ lost: 0, restarts: 0, strays: 0 });
});

test("another source takes over when the first is silent, from its first packet on, and time goes on", async () => {
  const world = await ReceiveWorld.create();
  world.frames(30);
  world.advance(200_000);
  world.source = new MediaSource({ ssrc: 77, firstSequence: 40_000, firstTimestamp: 99 });
  world.frames(30);
  const restarts = world.handed.filter(({ isRestart }) => isRestart);
  expect(restarts.map(({ frame, packet }) => [frame, packet])).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect([world.receiver.ssrc, world.receiver.counters.restarts, world.handed.length]).toEqual([77, 1, 240]);
  expect(isInOrder(world)).toBe(true);
  expect(world.handed.every(({ timeUs }, i) => i === 0 || timeUs >= (world.handed[i - 1]?.timeUs ?? 0))).toBe(true);
});

test("a second source beside a living one never gets in, nor one that is not the source that was named", async () => {
  const world = await ReceiveWorld.create();
  const intruder = new MediaSource({ ssrc: 66, firstSequence: 9 });
  for (let i = 0; i < 50; i++) {
    world.frames(1);
    world.send(intruder.frame());
  }
  world.advance(1);
  expect([world.receiver.ssrc, world.handed.length, world.receiver.counters.foreign]).toEqual([7, 200, 200]);
  const named = await ReceiveWorld.create({ receiver: { ssrc: 7 } });
  named.send(intruder.frame());
  named.advance(1000);
  expect([named.handed.length, named.intake.counters.foreign]).toEqual([0, 4]);
});

test("one number out of nowhere is a stray; when the next goes on from there, the sender began anew (RFC 3550 A.1)", async () => {
  const world = await ReceiveWorld.create();
  world.frames(2);
  world.source.skip(30_000);
  const stray = world.source.frame()[0] as Uint8Array;
  world.source.skip(-30_001 - 3);
  world.arrive(stray);
  world.frames(1);
  expect(world.receiver.report()).toMatchObject({ strays: 1, restarts: 0 });
  world.source.skip(20_000);
  world.frames(1);
  expect(world.receiver.report()).toMatchObject({ restarts: 1 });
  expect(world.handed.slice(-4).map(({ packet, isRestart }) => [packet, isRestart])).toEqual([
    [0, true],
    [1, false],
    [2, false],
    [3, false],
  ]);
});

test("a gap of more than half of the window is not asked for", async () => {
  const world = await ReceiveWorld.create({ receiver: { windowPackets: 64 } });
  world.frames(1);
  world.source.skip(40);
  world.frames(1);
  expect(world.handed.at(-4)?.missing).toBe(40);
  expect(world.receiver.report()).toMatchObject({ lost: 40, nacks: 0, waiting: 0 });
});

test("a window that is full gives up its oldest gap", async () => {
  const world = await ReceiveWorld.create({ receiver: { windowPackets: 64, recoveryMs: 60_000 } });
  world.source.feedback = () => [];
  world.frames(1);
  world.source.skip(1);
  for (let i = 0; i < 20; i++) {
    world.arrive(...world.source.frame());
  }
  expect(world.receiver.report()).toMatchObject({ lost: 1, waiting: 0, missing: 0, handed: 84 });
});

test("packets that the ring overwrites before their turn count as overrun, and as lost", async () => {
  const world = await ReceiveWorld.create({ slotCount: 64, receiver: { windowPackets: 256, recoveryMs: 60_000 } });
  world.source.feedback = () => [];
  world.frames(1);
  world.source.skip(1);
  for (let i = 0; i < 40; i++) {
    world.arrive(...world.source.frame());
  }
  world.receiver.flush();
  expect(world.receiver.report()).toMatchObject({ overrun: 96, lost: 97, handed: 4 + 64 });
});

describe("receiver reports", () => {
  test("tell loss, the highest number with its wraps, jitter, and the last sender report (RFC 3550 6.4.2, A.3)", async () => {
    const world = await ReceiveWorld.create({ receiver: { maxAsks: 0 }, source: { firstSequence: 65_534 } });
    const packets = [...world.source.frame(), ...world.source.frame()];
    world.arrive(...packets.filter((_, i) => i !== 1 && i !== 5));
    world.arrive(world.source.report(0, 1_700_000_000_500_000));
    world.advance(200_000);
    const [report, description] = parseRtcp(world.rtcp[0] as Uint8Array);
    expect(description).toEqual({ kind: "source-description", chunks: [{ ssrc: 1, cname: "floe" }] });
    expect(report).toMatchObject({
      kind: "receiver-report",
      ssrc: 1,
      reports: [
        {
          ssrc: 7,
          fractionLost: 64,
          cumulativeLost: 2,
          highestSequenceNumber: 65_534 + 7,
          delaySinceLastSenderReport: Math.round(0.2 * 65_536),
        },
      ],
    });
    const middle = report?.kind === "receiver-report" ? report.reports[0]?.lastSenderReport : undefined;
    expect(middle).toBe(ntpMiddle(toNtp(1_700_000_000_500_000)));
  });

  test("count what was lost on the way, also when it was sent again by RTX", async () => {
    const link = { lossRate: 0.05, delayMs: 20 };
    const world = await ReceiveWorld.create({ seed: 2, link, source: { rtx: RTX } });
    world.frames(600);
    expect(world.source.cumulativeLost / world.source.packets).toBeGreaterThan(0.04);
    expect(world.source.cumulativeLost / world.source.packets).toBeLessThan(0.06);
  });

  test("go once a second, and stand in front of feedback where reduced size was not agreed (RFC 5506)", async () => {
    const world = await ReceiveWorld.create({ receiver: { rtcpMode: "compound" } });
    world.frames(300);
    expect(world.receiver.counters.reports).toBeGreaterThanOrEqual(9);
    expect(world.receiver.counters.reports).toBeLessThanOrEqual(11);
    world.receiver.requestKeyFrame(world.nowUs);
    const kinds = parseRtcp(world.rtcp.at(-1) as Uint8Array).map(({ kind }) => kind);
    expect(kinds).toEqual(["receiver-report", "source-description", "picture-loss"]);
  });
});

describe("key frame requests", () => {
  test("go out at once, not more often than each 500 ms, and again until a key frame came", async () => {
    const world = await ReceiveWorld.create();
    world.frames(1);
    for (let i = 0; i < 100; i++) {
      world.receiver.requestKeyFrame(world.nowUs);
      world.advance(10_000);
    }
    expect(world.source.keyFrameRequests).toBe(3);
    world.advance(700_000);
    expect(world.source.keyFrameRequests).toBe(4);
    world.receiver.keyFrameCame();
    world.advance(5_000_000);
    expect(world.source.keyFrameRequests).toBe(4);
  });

  test("end after eight when nobody asks anew", async () => {
    const world = await ReceiveWorld.create();
    world.frames(1);
    world.receiver.requestKeyFrame(world.nowUs);
    world.advance(60_000_000);
    expect(world.source.keyFrameRequests).toBe(8);
  });

  test("by FIR repeat their number until the wish is fulfilled (RFC 5104 4.3.1.2)", async () => {
    const world = await ReceiveWorld.create({ receiver: { keyFrameRequest: "fir" } });
    world.frames(1);
    world.receiver.requestKeyFrame(world.nowUs);
    world.advance(600_000);
    world.receiver.keyFrameCame();
    world.receiver.requestKeyFrame(world.nowUs);
    world.advance(600_000);
    const sequences = world.rtcp
      .flatMap((bytes) => parseRtcp(bytes))
      .flatMap((message) => (message.kind === "full-intra-request" ? message.entries : []))
      .map(({ ssrc, sequence }) => [ssrc, sequence]);
    expect(sequences.slice(0, 3)).toEqual([
      [7, 1],
      [7, 1],
      [7, 2],
    ]);
  });

  test("that are made while a packet is handed on go out behind it", async () => {
    const world = await ReceiveWorld.create();
    world.onPacket = ({ packet }) => packet === 0 && world.receiver.requestKeyFrame(world.nowUs);
    world.frames(1);
    expect(world.source.keyFrameRequests).toBe(1);
  });
});

test("a sender's probes on the RTX stream hold no packet and change nothing (RFC 4588)", async () => {
  const world = await ReceiveWorld.create({ source: { rtx: RTX } });
  world.frames(2);
  const probe = new Uint8Array(12 + 255).fill(255);
  probe.set([0xa0, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8]);
  world.arrive(probe);
  expect([world.receiver.counters.probes, world.handed.length]).toEqual([1, 8]);
});

test("a packet that came by RTX is as it was sent first, byte for byte", async () => {
  const world = await ReceiveWorld.create({ source: { rtx: RTX, transport: { id: 5, next: 0 } } });
  const packets = world.source.frame();
  world.arrive(packets[0] as Uint8Array, packets[2] as Uint8Array, packets[3] as Uint8Array);
  world.advance(1000);
  expect(world.handed.map(({ isRepaired }) => isRepaired)).toEqual([false, true, false, false]);
  expect(world.handed.map(({ bytes }) => bytes)).toEqual(packets);
});

test("padding is left out, in the header as well, also of what came by RTX (RFC 3550 5.1)", async () => {
  const world = await ReceiveWorld.create({ source: { rtx: RTX } });
  const packets = world.source.frame();
  const padded = (bytes: Uint8Array): Uint8Array => {
    const out = new Uint8Array(bytes.length + 4);
    out.set(bytes);
    out[0] = (bytes[0] as number) | 0x20;
    out[out.length - 1] = 4;
    return out;
  };
  world.arrive(padded(packets[0] as Uint8Array), packets[2] as Uint8Array, packets[3] as Uint8Array);
  for (const again of world.source.feedback(world.rtcp.at(-1) as Uint8Array)) {
    world.arrive(padded(again));
  }
  expect(world.handed.map(({ bytes }) => bytes)).toEqual(packets);
});

test("the source of retransmissions is the first that repeats what is missing, whatever was probed before", async () => {
  const world = await ReceiveWorld.create({ source: { rtx: RTX }, receiver: { rtx: { payloadType: 97 } } });
  const stranger = new Uint8Array(16);
  stranger.set([0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
  world.arrive(stranger);
  const packets = world.source.frame();
  world.arrive(packets[0] as Uint8Array, stranger, packets[2] as Uint8Array, packets[3] as Uint8Array);
  world.advance(1000);
  expect(world.receiver.rtxSsrc).toBe(RTX.ssrc);
  expect(world.handed.map(({ bytes }) => bytes)).toEqual(packets);
});
