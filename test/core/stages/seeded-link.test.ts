import { describe, expect, test } from "vitest";
import { PlainRtpVideo, RtpVideo, type RtpVideoPacket } from "../../../src/core/stages/rtp-media.js";
import { type LinkConditions, SeededLink } from "../../../src/core/stages/seeded-link.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { policePackets } from "../../../src/core/stream/policing.js";
import { milliseconds } from "../../../src/core/time/units.js";
import { ManualClock } from "../../sim/manual-clock.js";

/** Sends `count` numbered packets a millisecond apart, and answers "number@ms" of each arrival. */
function over(conditions: LinkConditions & { capacity?: number; seed?: number }, count = 200) {
  const clock = new ManualClock();
  const link = new SeededLink({ seed: 1, clock, ...conditions });
  const arrived: string[] = [];
  const bytes = new Uint8Array(1);
  for (let i = 0; i < count; i++) {
    bytes[0] = i;
    // Lent: the same bytes carry the next packet.
    link.process(new PlainRtpVideo({ data: bytes, timeUs: i }), ({ data }) =>
      arrived.push(`${data[0]}@${clock.nowUs() / 1000}`),
    );
    clock.advance(milliseconds(1));
  }
  return { link, clock, arrived };
}

const numbers = (arrived: readonly string[]): number[] => arrived.map((text) => Number.parseInt(text, 10));
const straight = Array.from({ length: 200 }, (_, i) => i);

describe("a seeded link", () => {
  test("without conditions hands on everything at once", () => {
    const { arrived, link } = over({});
    expect(arrived).toEqual(straight.map((i) => `${i}@${i}`));
    expect(link.counters).toEqual({ packets: 200, lost: 0, duplicated: 0, reordered: 0, overflow: 0 });
  });

  test("loses about what it should, the same packets for one seed, others for another", () => {
    const one = over({ lossRate: 0.2 });
    expect(one.link.counters.lost).toBeGreaterThan(25);
    expect(one.link.counters.lost).toBeLessThan(55);
    expect(one.arrived).toHaveLength(200 - one.link.counters.lost);
    expect(over({ lossRate: 0.2 }).arrived).toEqual(one.arrived);
    expect(over({ lossRate: 0.2, seed: 2 }).arrived).not.toEqual(one.arrived);
  });

  test("one condition's change leaves the others' luck as it was", () => {
    const lossy = numbers(over({ lossRate: 0.2 }).arrived);
    const { arrived, clock } = over({ lossRate: 0.2, jitterMs: 9, delayMs: 30, reorderRate: 0.1, duplicateRate: 0.1 });
    clock.advance(milliseconds(100));
    expect([...new Set(numbers(arrived))].sort((a, b) => a - b)).toEqual(lossy);
  });

  test("delays on the clock, and jitter keeps the order", () => {
    const { arrived, clock, link } = over({ delayMs: 40, jitterMs: 10 });
    expect(link.underWay).toBeGreaterThan(35);
    clock.advance(milliseconds(60));
    expect(numbers(arrived)).toEqual(straight);
    const lateMs = arrived.map((text, i) => Number(text.split("@")[1]) - i);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(40);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(50);
    expect(new Set(lateMs.map(Math.round)).size).toBeGreaterThan(5);
    expect([link.underWay, clock.pending]).toEqual([0, 0]);
  });

  test("lets packets overtake one that is held up, and copies packets", () => {
    const { arrived, clock, link } = over({ reorderRate: 0.1, reorderDelayMs: 3, duplicateRate: 0.1 });
    clock.advance(milliseconds(10));
    const { reordered, duplicated } = link.counters;
    expect([reordered > 5, duplicated > 5]).toEqual([true, true]);
    expect(arrived).toHaveLength(200 + duplicated);
    expect(numbers(arrived)).not.toEqual([...numbers(arrived)].sort((a, b) => a - b));
    expect([...new Set(numbers(arrived))].sort((a, b) => a - b)).toEqual(straight);
  });

  test("holds no more than its capacity", () => {
    const { link } = over({ delayMs: 500, capacity: 50 });
    expect([link.underWay, link.counters.overflow]).toEqual([50, 150]);
  });

  test("conditions may change on the way, and nonsense is refused with everything as it was", () => {
    const { link } = over({ lossRate: 0.5 }, 0);
    link.change({ delayMs: 5 });
    expect(link.conditions).toMatchObject({ lossRate: 0.5, delayMs: 5, reorderDelayMs: 20 });
    for (const nonsense of [{ lossRate: 1.1 }, { duplicateRate: -1 }, { delayMs: Number.NaN }, { jitterMs: -1 }]) {
      expect(() => link.change(nonsense)).toThrow(expect.objectContaining({ code: "link/conditions" }));
    }
    expect(() => over({ reorderDelayMs: Number.POSITIVE_INFINITY })).toThrow(/reorderDelayMs/);
    expect(link.conditions).toMatchObject({ lossRate: 0.5, delayMs: 5 });
  });
});

test("a stop of the stream delivers what is under way, a close does not", async () => {
  policePackets(true);
  const clock = new ManualClock();
  const arrived: number[] = [];
  const link = new SeededLink({ seed: 1, clock, delayMs: 100 });
  const stream = new PacketStream<RtpVideoPacket>({ name: "link", clock })
    .via(link)
    .to({ accepts: [RtpVideo], write: ({ data }: RtpVideoPacket) => arrived.push(data[0]) });
  await stream.start();
  for (const byte of [1, 2, 3]) {
    stream.write(new PlainRtpVideo({ data: Uint8Array.of(byte), timeUs: 0 }));
  }
  await stream.stop();
  expect([arrived, clock.pending]).toEqual([[1, 2, 3], 0]);
  link.process(new PlainRtpVideo({ data: Uint8Array.of(4), timeUs: 0 }), ({ data }) => arrived.push(data[0]));
  await stream.close();
  clock.advance(milliseconds(200));
  expect([arrived, link.underWay, clock.pending]).toEqual([[1, 2, 3], 0, 0]);
  policePackets(false);
});
