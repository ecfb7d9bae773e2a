import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Signal } from "../../../src/core/signal/signal.js";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import type { NodeReport } from "../../../src/core/stream/graph-report.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { Burst, Deferred, HeedingSource, raw, Tag, textOf, turns } from "./kit.js";

/** A sink that is full after each packet, until the test takes that one. */
class SlowSink {
  readonly name = "wire";
  readonly drained = new Signal();
  readonly got: string[] = [];
  ready = true;

  write(packet: RawPacket): void {
    this.got.push(textOf(packet));
    this.ready = false;
  }

  take(): void {
    this.ready = true;
    this.drained.emit();
  }
}

function queueOf(stream: PacketStream<RawPacket>, name = "queue"): NodeReport {
  return stream.report().nodes.find(({ id }) => id === name) as NodeReport;
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}`);
}

describe("a queue that blocks", () => {
  test("holds its source to the rate of a slow sink, in bounded memory, and loses nothing", async () => {
    const source = new HeedingSource(1000);
    const sink = new SlowSink();
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(new Tag(""))
      .queue({ capacity: 8, whenFull: "block" })
      .to(sink);
    await stream.start();
    await turns();
    // One is at the sink; the source is called again when half of the queue is free.
    expect([sink.got.length, source.brought]).toEqual([1, 8]);
    for (let taken = 1; taken < 1000; taken++) {
      sink.take();
      await turns(3);
      expect(source.brought).toBeLessThanOrEqual(taken + 9);
    }
    expect(sink.got).toEqual(numbers(1000));
    expect(queueOf(stream)).toMatchObject({ drops: {}, queue: { highWater: 8 } });
  });

  test("limits the source by the clock as well, when the sink cannot call", async () => {
    const clock = new ManualClock();
    const source = new HeedingSource(10_000);
    let freeUs = 0;
    let got = 0;
    const sink = {
      get ready(): boolean {
        return clock.nowUs() >= freeUs;
      },
      write: (_packet: RawPacket): void => {
        got++;
        freeUs = clock.nowUs() + 10_000;
      },
    };
    const stream = new PacketStream({ name: "s", clock })
      .source(source)
      .queue({ capacity: 4, whenFull: "block" })
      .to(sink);
    await stream.start();
    for (let ms = 0; ms < 1000; ms++) {
      await turns(3);
      clock.advance(1000);
    }
    expect(got).toBeGreaterThanOrEqual(90);
    expect(got).toBeLessThanOrEqual(101);
    expect(source.brought - got).toBeLessThanOrEqual(5);
    expect(queueOf(stream).drops).toEqual({});
  });

  test("refuses what comes without credit, and counts it", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 3, whenFull: "block" })
      .to(new SlowSink());
    await stream.start();
    expect([stream.credit, stream.ready]).toEqual([3, true]);
    for (const text of numbers(10)) {
      stream.write(raw(text));
    }
    expect([stream.credit, stream.ready]).toEqual([0, false]);
    expect(queueOf(stream)).toMatchObject({ packets: 10, drops: { overflow: 7 }, queue: { depth: 3, highWater: 3 } });
  });

  test("has room for all that becomes of a packet that came with credit", async () => {
    const source = new HeedingSource(50);
    const sink = new SlowSink();
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(new Burst(6))
      .queue({ capacity: 6, whenFull: "block" })
      .to(sink);
    await stream.start();
    for (let taken = 0; taken < 300; taken++) {
      await turns(3);
      sink.take();
    }
    expect(sink.got).toEqual(numbers(50).flatMap((text) => Array(6).fill(text)));
    expect(queueOf(stream).drops).toEqual({});
    expect(queueOf(stream).queue?.highWater).toBeLessThanOrEqual(12);
  });

  test("and no more than twice its capacity, however many that are", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(new Burst(100))
      .queue({ capacity: 5, whenFull: "block" });
    stream.to(new SlowSink());
    await stream.start();
    stream.write(raw("a"));
    expect(queueOf(stream)).toMatchObject({ drops: { overflow: 90 }, queue: { highWater: 10 } });
  });

  test("has room for what a deferred stage held when it became full", async () => {
    const encoder = new Deferred("encoder");
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(encoder)
      .queue({ capacity: 2, whenFull: "block" })
      .to(new SlowSink());
    await stream.start();
    for (const text of numbers(4)) {
      expect(stream.ready).toBe(true);
      stream.write(raw(text));
    }
    for (let i = 0; i < 4; i++) {
      encoder.emitOne();
    }
    expect(stream.ready).toBe(false);
    expect(queueOf(stream)).toMatchObject({ drops: {}, queue: { depth: 4 } });
  });

  test("always has room for a final packet", async () => {
    const sink = new SlowSink();
    const stream = new PacketStream<RawPacket | FlagPacket>({ name: "s" })
      .queue({ capacity: 1, whenFull: "block" })
      .to({ ...sink, accepts: [RawPacket.kind], write: (packet: RawPacket) => sink.write(packet), ready: false });
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    stream.write(FlagPacket.final());
    await stream.stop();
    expect([sink.got, stream.state]).toEqual([["a"], "stopped"]);
  });

  test("in front of another one holds back as well, without a clock", async () => {
    const source = new HeedingSource(40);
    const sink = new SlowSink();
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .queue({ capacity: 4, whenFull: "block", name: "first" })
      .via(new Tag(""))
      .queue({ capacity: 2, whenFull: "block", name: "second" })
      .to(sink);
    await stream.start();
    await turns();
    expect(source.brought).toBe(2 + 4);
    for (let taken = 0; taken < 40; taken++) {
      sink.take();
      await turns(8);
    }
    expect(sink.got).toEqual(numbers(40));
    expect([queueOf(stream, "first").drops, queueOf(stream, "second").drops]).toEqual([{}, {}]);
  });

  test("in a branch has no say: it refuses what it has no room for", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    const branch = stream.branch("detect").queue({ capacity: 1, whenFull: "block" }).to(new SlowSink());
    stream.to(() => {});
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    expect(stream.credit).toBe(Number.POSITIVE_INFINITY);
    expect(queueOf(branch).drops).toEqual({ overflow: 1 });
  });
});

describe("credit", () => {
  test("is infinite where nothing limits it, and none while a sink is full", async () => {
    const sink = new SlowSink();
    const stream = new PacketStream<RawPacket>({ name: "s" }).to(sink);
    expect(stream.credit).toBe(Number.POSITIVE_INFINITY);
    await stream.start();
    expect(stream.credit).toBe(Number.POSITIVE_INFINITY);
    stream.write(raw("a"));
    expect(stream.credit).toBe(0);
    let told = 0;
    stream.drained.on(() => {
      told++;
    });
    sink.take();
    expect([stream.credit, told]).toEqual([Number.POSITIVE_INFINITY, 1]);
  });

  test("comes back half a queue at a time", async () => {
    const sink = new SlowSink();
    const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ capacity: 8, whenFull: "block" }).to(sink);
    const credits: number[] = [];
    stream.drained.on(() => credits.push(stream.credit));
    await stream.start();
    for (const text of numbers(8)) {
      stream.write(raw(text));
    }
    for (let taken = 0; taken < 8; taken++) {
      await turns(3);
      sink.take();
    }
    expect(credits).toEqual([4]);
  });

  test("is not promised by a stream that has stopped, nor by one that is paused", async () => {
    const sink = new SlowSink();
    const stream = new PacketStream<RawPacket>({ name: "s" }).to(sink);
    let told = 0;
    stream.drained.on(() => {
      told++;
    });
    await stream.start();
    stream.pause();
    sink.take();
    await stream.stop();
    sink.take();
    expect([told, sink.drained.size]).toEqual([0, 0]);
  });

  test("of a stream is its source's as well, when that is another stream", async () => {
    const source = new HeedingSource(30);
    const sink = new SlowSink();
    const second = new PacketStream<RawPacket>({ name: "second" }).queue({ capacity: 2, whenFull: "block" }).to(sink);
    const first = new PacketStream({ name: "first" })
      .source(source)
      .queue({ capacity: 3, whenFull: "block" })
      .to(second);
    await second.start();
    await first.start();
    for (let taken = 0; taken < 30; taken++) {
      await turns(8);
      expect(source.brought).toBeLessThanOrEqual(taken + 1 + 2 + 3);
      sink.take();
    }
    await turns();
    expect(sink.got).toEqual(numbers(30));
  });
});

test("whatever the capacities, bursts and the sink's moods: a source that heeds loses nothing and keeps its order", async () => {
  const moods = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      moods,
      async (front, back, times, pattern) => {
        const burst = Math.min(times, back);
        const source = new HeedingSource(25);
        const sink = new SlowSink();
        const stream = new PacketStream({ name: "s" })
          .source(source)
          .queue({ capacity: front, whenFull: "block", name: "front" })
          .via(new Burst(burst))
          .queue({ capacity: back, whenFull: "block", name: "back" })
          .to(sink);
        await stream.start();
        for (const mood of pattern) {
          for (let i = 0; i < mood; i++) {
            sink.take();
          }
          await turns(mood);
        }
        for (let i = 0; i < 25 * burst; i++) {
          await turns(6);
          sink.take();
        }
        await turns();
        expect(sink.got).toEqual(numbers(25).flatMap((text) => Array(burst).fill(text)));
        expect([queueOf(stream, "front").drops, queueOf(stream, "back").drops]).toEqual([{}, {}]);
      },
    ),
    { numRuns: 60 },
  );
});
