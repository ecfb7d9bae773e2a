// The small parts of a receiver, each for itself.
import { expect, test } from "vitest";
import { BitrateEstimate } from "../../../../src/core/rtp/receive/bitrate-estimate.js";
import { PlayoutDelay } from "../../../../src/core/rtp/receive/playout-delay.js";
import { ReceiveWindow, SlotState } from "../../../../src/core/rtp/receive/receive-window.js";
import { ReceptionStatistics } from "../../../../src/core/rtp/receive/reception-statistics.js";
import { RoundTrip } from "../../../../src/core/rtp/receive/round-trip.js";
import { SEQUENCE_REFUSED, SourceSequence } from "../../../../src/core/rtp/receive/source-sequence.js";

test("a window remembers what became of a number until another takes its place", () => {
  const window = new ReceiveWindow(16);
  window.reset(100);
  window.put(100, 0, 1);
  window.put(103, 1, 2);
  expect([100, 101, 102, 103, 104].map((number) => window.state(number))).toEqual([
    SlotState.here,
    SlotState.missing,
    SlotState.missing,
    SlotState.here,
    SlotState.none,
  ]);
  expect([window.missing, window.sinceUs(101)]).toEqual([2, 2]);
  window.pass(SlotState.handed);
  window.pass(SlotState.lost);
  window.put(102, 2, 9);
  expect([window.missing, window.state(100), window.state(101), window.isRepaired(102)]).toEqual([
    0,
    SlotState.handed,
    SlotState.lost,
    true,
  ]);
  window.put(116, 3, 10);
  expect(window.state(100)).toBe(SlotState.none);
  expect(() => new ReceiveWindow(100)).toThrow(RangeError);
});

test("numbers are counted on past their wrap, and only grow from sequence to sequence", () => {
  const sequence = new SourceSequence(1024);
  const base = 65_536 + 65_534;
  expect([65_534, 0, 65_535, 1].map((number) => sequence.take(number))).toEqual([base, base + 2, base + 1, base + 3]);
  expect(sequence.take(20_000)).toBe(SEQUENCE_REFUSED);
  const restarted = sequence.take(20_001);
  expect([restarted > base + 3, restarted & 0xffff, sequence.isRestart]).toEqual([true, 20_001, true]);
  expect([sequence.take(20_002), sequence.isRestart]).toEqual([restarted + 1, false]);
});

test("jitter is as RFC 3550 A.8 computes it, and copies count as received (A.3)", () => {
  const statistics = new ReceptionStatistics(90_000);
  statistics.begin(10);
  statistics.packet(10, 0, 0);
  // 10 ms late: 900 ticks, of which a sixteenth.
  statistics.packet(11, 3000, 43_333);
  expect(statistics.jitterTicks).toBe(Math.round(900 / 16));
  statistics.packet(11, 3000, 43_400);
  statistics.packet(12, 6000, 66_667);
  expect(statistics.block(1, 0)).toMatchObject({ cumulativeLost: -1, fractionLost: 0, highestSequenceNumber: 12 });
});

test("the delay grows at once with jitter, shrinks by an eighth, and keeps its bounds over the wrap of timestamps", () => {
  const delay = new PlayoutDelay(90_000, { minDelayMs: 20, maxDelayMs: 120, jitterFactor: 1.5 });
  const first = 2 ** 32 - 4500;
  const at = (picture: number, lateUs: number): void => {
    delay.observe((first + picture * 9000) >>> 0, 1_000_000 + picture * 100_000 + lateUs);
  };
  at(0, 0);
  expect([delay.jitterUs, delay.delayUs]).toEqual([0, 20_000]);
  at(1, 40_000);
  expect([delay.jitterUs, delay.delayUs]).toEqual([40_000, 80_000]);
  // The anchor follows slow clocks by 500 µs a second.
  expect(Math.abs(delay.latenessUs - 40_000)).toBeLessThan(100);
  at(2, 40_000);
  expect([delay.jitterUs, delay.delayUs]).toEqual([35_000, 72_500]);
  expect(delay.dueUs((first + 3 * 9000) >>> 0, 1_250_000)).toBeGreaterThanOrEqual(1_300_000 + 72_500);
  expect(delay.dueUs((first + 3 * 9000) >>> 0, 1_250_000)).toBeLessThan(1_300_000 + 72_700);
  at(3, 900_000);
  expect(delay.delayUs).toBe(120_000);
});

test("asking again waits for a round trip and its spread, from 20 to 400 ms", () => {
  const roundTrip = new RoundTrip();
  expect(roundTrip.waitUs).toBe(100_000);
  for (let i = 0; i < 50; i++) {
    roundTrip.measured(80_000);
  }
  expect([roundTrip.valueUs, roundTrip.waitUs]).toEqual([80_000, 100_000]);
  roundTrip.measured(60_000_000);
  expect(roundTrip.waitUs).toBe(400_000);
});

/** Sends at what the estimate says, at most `limitBps`, over a way of `capacityBps` with a queue in front. */
function drive(
  estimate: BitrateEstimate,
  {
    seconds,
    capacityBps,
    limitBps = Number.POSITIVE_INFINITY,
    fromUs = 0,
    jitterUs = 0,
    extraUs = 0,
  }: {
    readonly seconds: number;
    readonly capacityBps: number;
    readonly limitBps?: number;
    readonly fromUs?: number;
    readonly jitterUs?: number;
    readonly extraUs?: number;
  },
): { readonly bitrateBps: number; readonly mostQueueUs: number; readonly longerWays: number } {
  let queueUs = 0;
  let mostQueueUs = 0;
  let longerWays = 0;
  let baseUs = 0;
  for (let at = 0; at < seconds * 30; at++) {
    const nowUs = fromUs + Math.round((at * 1_000_000) / 30);
    const bytes = Math.min(estimate.bitrateBps, limitBps) / 8 / 30;
    queueUs = Math.max(0, queueUs + (bytes * 8 * 1_000_000) / capacityBps - 1_000_000 / 30);
    mostQueueUs = Math.max(mostQueueUs, queueUs);
    estimate.packet(bytes, nowUs);
    estimate.lateness(Math.max(0, queueUs + extraUs - baseUs) + (at % 5 === 0 ? 0 : jitterUs));
    if (estimate.tick(nowUs) === "longer-way") {
      longerWays++;
      baseUs = queueUs + extraUs;
    }
  }
  return { bitrateBps: estimate.bitrateBps, mostQueueUs, longerWays };
}

test("an estimate grows to three times its start in four seconds where nothing is in the way, and stops at its bound", () => {
  const estimate = new BitrateEstimate({ startBps: 1_000_000, maxBps: 6_000_000 });
  expect(drive(estimate, { seconds: 4, capacityBps: 1e9 }).bitrateBps).toBeGreaterThan(3_000_000);
  expect(drive(estimate, { seconds: 10, capacityBps: 1e9, fromUs: 4_000_000 }).bitrateBps).toBe(6_000_000);
});

test("an estimate follows a narrow way down, fills most of it, and keeps the queue short", () => {
  const estimate = new BitrateEstimate({ startBps: 2_500_000 });
  drive(estimate, { seconds: 10, capacityBps: 1_500_000 });
  const { bitrateBps, mostQueueUs } = drive(estimate, { seconds: 30, capacityBps: 1_500_000, fromUs: 10_000_000 });
  expect(bitrateBps).toBeGreaterThan(0.6 * 1_500_000);
  expect(bitrateBps).toBeLessThan(1.15 * 1_500_000);
  expect(mostQueueUs).toBeLessThan(400_000);
});

test("jitter is no queue, and a way that has become longer is taken for one for a few seconds only", () => {
  const steady = new BitrateEstimate({ startBps: 2_000_000, maxBps: 4_000_000 });
  expect(drive(steady, { seconds: 20, capacityBps: 1e9, jitterUs: 80_000 }).bitrateBps).toBe(4_000_000);
  const longer = drive(steady, { seconds: 60, capacityBps: 1e9, fromUs: 20_000_000, extraUs: 100_000 });
  expect([longer.longerWays, longer.bitrateBps]).toEqual([1, 4_000_000]);
});

test("much loss lowers an estimate, a little holds it, and it never falls below its bound", () => {
  const estimate = new BitrateEstimate({ startBps: 1_000_000, minBps: 300_000 });
  estimate.loss(0.05);
  expect(drive(estimate, { seconds: 3, capacityBps: 1e9 }).bitrateBps).toBe(1_000_000);
  estimate.loss(0.2);
  expect(estimate.bitrateBps).toBe(900_000);
  for (let i = 0; i < 30; i++) {
    estimate.loss(0.5);
  }
  expect(estimate.bitrateBps).toBe(300_000);
});

test("nothing is believed of a way that nobody fills", () => {
  const estimate = new BitrateEstimate({ startBps: 1_000_000, maxBps: 50_000_000 });
  const { bitrateBps } = drive(estimate, { seconds: 60, capacityBps: 1e9, limitBps: 1_500_000 });
  expect(bitrateBps).toBeLessThanOrEqual(3_100_000);
});
