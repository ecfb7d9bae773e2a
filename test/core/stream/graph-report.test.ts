import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "../../../src/core/stream/latency-histogram.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { note, raw, rawSource, Tag, turns } from "./kit.js";

describe("the report", () => {
  test("is plain JSON with packets, bytes and drops of every node and edge", async () => {
    const source = rawSource({ name: "camera" });
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(new Tag("12"))
      .queue({ capacity: 1, whenFull: "drop-newest" })
      .to({ name: "wire", write: (_packet: RawPacket) => {} });
    await stream.start();
    source.emit(raw("abc"));
    source.emit(raw("abc"));
    await turns();
    const report = stream.report();
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(
      report.nodes.map(({ id, type, packets, bytes, drops, clones, clonedBytes }) => [
        id,
        type,
        packets,
        bytes,
        drops,
        clones,
        clonedBytes,
      ]),
    ).toEqual([
      ["camera", "source", 2, 6, {}, 0, 0],
      ["12", "processor", 2, 6, {}, 0, 0],
      ["queue", "queue", 2, 10, { overflow: 1 }, 1, 5],
      ["wire", "sink", 1, 5, {}, 0, 0],
    ]);
    expect(report.edges).toEqual([
      { from: "camera", to: "12", packets: 2, bytes: 6 },
      { from: "12", to: "queue", packets: 2, bytes: 10 },
      { from: "queue", to: "wire", packets: 1, bytes: 5 },
    ]);
  });

  test("times a stage without the stages behind it", async () => {
    const clock = new ManualClock();
    const slow = (name: string, costUs: number): Tag => {
      const tag = new Tag(name);
      tag.process = (packet, emit) => {
        clock.advance(costUs);
        emit(packet);
        clock.advance(costUs);
      };
      return tag;
    };
    const stream = new PacketStream<RawPacket>({ name: "s", clock, timedOneIn: 1 })
      .via(slow("outer", 100))
      .via(slow("inner", 1000))
      .to({ name: "wire", write: (_packet: RawPacket) => clock.advance(10) });
    await stream.start();
    for (let i = 0; i < 10; i++) {
      stream.write(raw("a"));
    }
    const [, outer, inner, wire] = stream.report().nodes;
    expect(outer.timeUs).toMatchObject({ count: 10, max: 200 });
    expect(inner.timeUs).toMatchObject({ count: 10, max: 2000 });
    expect(wire.timeUs).toMatchObject({ count: 10, p50: 10, p95: 10, p99: 10, max: 10 });
  });

  test("times the first packet and then one in N", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s", clock: new ManualClock(), timedOneIn: 4 }).via(
      new Tag("t"),
    );
    await stream.start();
    for (let i = 0; i < 9; i++) {
      stream.write(raw("a"));
    }
    expect(stream.report().timedOneIn).toBe(4);
    expect(stream.report().nodes[1].timeUs.count).toBe(3);
  });

  test("left alone, times every packet at the rate of pictures and one in 1021 of a flood", async () => {
    const clock = new ManualClock();
    const stream = new PacketStream<RawPacket>({ name: "s", clock }).via(new Tag("t"));
    await stream.start();
    for (let i = 0; i < 100; i++) {
      clock.advance(16_667);
      stream.write(raw("a"));
    }
    expect([stream.report().timedOneIn, stream.report().nodes[1].timeUs.count]).toEqual([1, 100]);
    for (let i = 0; i < 5000; i++) {
      stream.write(raw("a"));
    }
    expect(stream.report().timedOneIn).toBe(1021);
    for (let i = 0; i < 3000; i++) {
      clock.advance(16_667);
      stream.write(raw("a"));
    }
    expect(stream.report().timedOneIn).toBe(1);
  });

  test("of drops alone counts neither packets nor time, and still drops, copies and errors", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s", clock: new ManualClock(), report: "drops" })
      .via(new Tag("t"))
      .queue({ capacity: 1, whenFull: "drop-newest" })
      .to(() => {});
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    await turns();
    const { detail, timedOneIn, nodes } = stream.report();
    expect([detail, timedOneIn]).toEqual(["drops", 0]);
    expect(nodes[0]).toMatchObject({ id: "t", packets: 0, bytes: 0, timeUs: { count: 0 } });
    expect(nodes[1]).toMatchObject({ id: "queue", packets: 0, clones: 1, drops: { overflow: 1 } });
  });

  test("tells how long packets waited in a queue", async () => {
    const clock = new ManualClock();
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .to(() => {});
    await stream.start();
    stream.write(raw("a"));
    clock.advance(12);
    await turns();
    expect(stream.report().nodes[1].queue?.waitUs).toMatchObject({ count: 1, p50: 12, max: 12 });
  });

  test("counts what passes by a stage, and that is still on the edge", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("t"));
    await stream.start();
    stream.write(note("abcd"));
    stream.write(raw("a"));
    const { nodes, edges } = stream.report();
    expect(nodes[1]).toMatchObject({ packets: 1, bytes: 1, passedBy: 1 });
    expect(edges[0]).toMatchObject({ packets: 2, bytes: 5 });
  });

  test("counts what no sink takes", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("t"));
    await stream.start();
    stream.write(raw("a"));
    expect(stream.report().nodes.at(-1)).toMatchObject({ type: "end", drops: { unclaimed: 1 } });
  });

  test("keeps counting over restarts, and gives stages of one name ids of their own", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("t")).via(new Tag("t"));
    for (let i = 0; i < 2; i++) {
      await stream.start();
      stream.write(raw("a"));
      await stream.stop();
    }
    expect(stream.report().nodes.map(({ id, packets }) => [id, packets])).toEqual([
      ["s.write()", 2],
      ["t", 2],
      ["t#2", 2],
      ["end", 0],
    ]);
  });
});

describe("the histogram", () => {
  test("is exact below 32 us and at most 3.2 % off above", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0x7fff_ffff }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1),
        (values, fraction) => {
          const histogram = new LatencyHistogram();
          for (const value of values) {
            histogram.record(value);
          }
          const sorted = [...values].sort((a, b) => a - b);
          const truth = sorted[Math.max(1, Math.ceil(fraction * values.length)) - 1];
          const told = histogram.percentile(fraction);
          expect(Math.abs(told - truth)).toBeLessThanOrEqual(truth < 32 ? 0 : truth * 0.032);
        },
      ),
    );
  });

  test("an empty one is all zero; negative and endless durations are bounded", () => {
    const histogram = new LatencyHistogram();
    expect(histogram.summary()).toEqual({ count: 0, p50: 0, p95: 0, p99: 0, max: 0 });
    histogram.record(-5);
    histogram.record(Number.POSITIVE_INFINITY);
    expect(histogram.summary()).toMatchObject({ count: 2, p50: 0, max: 0x7fff_ffff });
  });
});
