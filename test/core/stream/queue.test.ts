import { describe, expect, test } from "vitest";
import { Signal } from "../../../src/core/signal/signal.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { Deferred, raw, rawSource, Tag, textOf, turns } from "./kit.js";

type Setup = { readonly stream: PacketStream<RawPacket>; readonly got: string[]; readonly clock: ManualClock };

/** A queue in front of a sink that takes `costUs` for each packet. */
function setup({ capacity = 100, costUs = 0 } = {}): Setup {
  const got: string[] = [];
  const clock = new ManualClock();
  const stream = new PacketStream<RawPacket>({ name: "s", clock, timedOneIn: 1 })
    .queue({ capacity, whenFull: "drop-oldest", maxTurnMs: 5 })
    .to((packet) => {
      clock.advance(costUs);
      got.push(textOf(packet));
    });
  return { stream, got, clock };
}

function queueOf(stream: PacketStream<RawPacket>): NonNullable<ReturnType<PacketStream["report"]>["nodes"][number]> {
  const node = stream.report().nodes.find(({ type }) => type === "queue");
  if (node === undefined) {
    throw new Error("no queue");
  }
  return node;
}

describe("a queue", () => {
  test("hands on nothing inside the writer's call, and everything in order afterwards", async () => {
    const { stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    expect(got).toEqual([]);
    await turns();
    expect(got).toEqual(["a", "b"]);
  });

  test("500 packets into a queue of 10 in one turn: the newest 10 arrive in order, 490 are counted", async () => {
    const { stream, got } = setup({ capacity: 10 });
    await stream.start();
    for (let i = 0; i < 500; i++) {
      stream.write(raw(`${i}`));
    }
    await turns();
    expect(got).toEqual(Array.from({ length: 10 }, (_, i) => `${490 + i}`));
    expect(queueOf(stream)).toMatchObject({
      packets: 500,
      drops: { overflow: 490 },
      queue: { depth: 0, highWater: 10, capacity: 10 },
    });
  });

  test("works for a bounded time in each turn and leaves no tail behind", async () => {
    const { stream, got, clock } = setup({ costUs: 2000 });
    await stream.start();
    for (let i = 0; i < 7; i++) {
      stream.write(raw(`${i}`));
    }
    await turns();
    // 2, 4, 6 ms: the budget of 5 ms is used up by the third.
    expect(got).toHaveLength(3);
    clock.advance(0);
    expect(got).toHaveLength(6);
    clock.advance(0);
    expect(got).toHaveLength(7);
    expect(clock.pending).toBe(0);
  });

  test("without a clock a turn hands on what was inside when it began", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.queue({ capacity: 4, whenFull: "drop-oldest" }).to((packet) => {
      got.push(textOf(packet));
      if (got.length < 6) {
        stream.write(raw(`${got.length}`));
      }
    });
    await stream.start();
    stream.write(raw("0"));
    await turns();
    expect(got).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("keeps what it holds through a pause and goes on with it", async () => {
    const { stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.pause();
    await turns();
    expect(got).toEqual([]);
    stream.resume();
    await turns();
    expect(got).toEqual(["a"]);
  });

  test("empties itself into the sink when the stream stops, over several turns if need be", async () => {
    const { stream, got, clock } = setup({ costUs: 3000 });
    await stream.start();
    for (let i = 0; i < 5; i++) {
      stream.write(raw(`${i}`));
    }
    const stopped = stream.stop();
    for (let i = 0; i < 5; i++) {
      await turns();
      clock.advance(0);
    }
    await stopped;
    expect(got).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("what it holds when the stream fails is dropped as late and never delivered; close resolves", async () => {
    const { stream, got } = setup();
    stream.failed.on(() => {});
    const bad = new PacketStream<RawPacket>({ name: "bad" })
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .to((packet) => {
        got.push(textOf(packet));
        throw new Error("boom");
      });
    await bad.start();
    bad.write(raw("a"));
    bad.write(raw("in flight"));
    expect(await bad.closed).toMatchObject({ message: "boom" });
    await turns();
    expect(got).toEqual(["a"]);
    expect(queueOf(bad).drops).toEqual({ late: 1 });
  });

  test("packets after close are dropped as late", async () => {
    const { stream, got } = setup();
    await stream.start();
    await stream.close();
    stream.write(raw("a"));
    await turns();
    expect(got).toEqual([]);
    expect(stream.report().nodes[0].drops).toEqual({ late: 1 });
  });

  test("two queues in a row keep the order", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 8, whenFull: "drop-oldest" })
      .via(new Tag("-"))
      .queue({ capacity: 8, whenFull: "drop-oldest" })
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    for (const text of ["a", "b", "c"]) {
      stream.write(raw(text));
    }
    await stream.stop();
    expect(got).toEqual(["a-", "b-", "c-"]);
  });
});

describe("deferred stages", () => {
  test("emit later, and stop() waits until what they hold has reached the sink", async () => {
    const got: string[] = [];
    const stage = new Deferred("encoder");
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(stage)
      .via(new Tag("!"))
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    for (const text of ["a", "b", "c"]) {
      stream.write(raw(text));
    }
    stage.emitOne();
    expect(got).toEqual(["a!"]);
    await stream.stop();
    expect(got).toEqual(["a!", "b!", "c!"]);
  });

  test("a flush goes through the queue behind the stage as well", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(new Deferred("encoder"))
      .queue({ capacity: 8, whenFull: "drop-oldest" })
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    await stream.stop();
    expect(got).toEqual(["a", "b"]);
  });

  test("what a stage emits while the stream is paused is dropped and counted", async () => {
    const got: string[] = [];
    const stage = new Deferred("encoder");
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(stage).to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(raw("a"));
    stream.pause();
    stage.emitOne();
    expect(got).toEqual([]);
    expect(stream.report().nodes.find(({ id }) => id === "encoder")?.drops).toEqual({ paused: 1 });
  });

  test("packets that a source brings while the stream stops are dropped as late", async () => {
    const got: string[] = [];
    const source = rawSource();
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(new Deferred("encoder"))
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    const stopped = stream.stop();
    source.emit(raw("late"));
    await stopped;
    expect(got).toEqual([]);
    expect(stream.report().nodes[0]).toMatchObject({ id: "source", drops: { late: 1 } });
  });
});

describe("backpressure", () => {
  test("a full sink makes the stream not ready, and a source is told", async () => {
    const sink = { name: "wire", ready: true, write: (_packet: RawPacket): void => {} };
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source).via(new Tag("t")).to(sink);
    await stream.start();
    expect([stream.ready, source.demand?.ready]).toEqual([true, true]);
    sink.ready = false;
    expect([stream.ready, source.demand?.ready, stream.report().ready]).toEqual([false, false, false]);
  });

  test("a stream as a sink passes on whether it is ready", async () => {
    const sink = { ready: false, write: (_packet: RawPacket): void => {} };
    const second = new PacketStream<RawPacket>({ name: "second" }).to(sink);
    const first = new PacketStream<RawPacket>({ name: "first" }).to(second);
    await Promise.all([first.start(), second.start()]);
    expect(first.ready).toBe(false);
  });

  test("a queue holds back in front of a full sink, becomes full, and goes on when the sink says so", async () => {
    const got: string[] = [];
    const sink = {
      ready: false,
      drained: new Signal(),
      write: (packet: RawPacket): void => void got.push(textOf(packet)),
    };
    const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ capacity: 2, whenFull: "drop-newest" }).to(sink);
    await stream.start();
    stream.write(raw("a"));
    expect(stream.ready).toBe(true);
    stream.write(raw("b"));
    await turns();
    expect([got, stream.ready]).toEqual([[], false]);
    sink.ready = true;
    sink.drained.emit();
    await turns();
    expect([got, stream.ready]).toEqual([["a", "b"], true]);
    await stream.close();
    expect(sink.drained.size).toBe(0);
  });

  test("a full sink that cannot call is asked again by the clock", async () => {
    const got: string[] = [];
    const clock = new ManualClock();
    const sink = { ready: false, write: (packet: RawPacket): void => void got.push(textOf(packet)) };
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .queue({ capacity: 2, whenFull: "drop-newest" })
      .to(sink);
    await stream.start();
    stream.write(raw("a"));
    await turns();
    clock.advance(5000);
    await turns();
    expect(got).toEqual([]);
    sink.ready = true;
    clock.advance(5000);
    await turns();
    expect(got).toEqual(["a"]);
    await stream.close();
    expect(clock.pending).toBe(0);
  });

  test("with neither call nor clock the sink gets everything: nothing is stranded", async () => {
    const got: string[] = [];
    const sink = { ready: false, write: (packet: RawPacket): void => void got.push(textOf(packet)) };
    const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ capacity: 2, whenFull: "drop-newest" }).to(sink);
    await stream.start();
    stream.write(raw("a"));
    await turns();
    expect(got).toEqual(["a"]);
  });

  test("a slow branch has no say in whether the stream is ready", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("detect").to({ ready: false, write: (_packet: RawPacket): void => {} });
    stream.to(() => {});
    await stream.start();
    expect(stream.ready).toBe(true);
  });

  test("stop empties a queue into a sink that is full", async () => {
    const got: string[] = [];
    const sink = {
      ready: false,
      drained: new Signal(),
      write: (packet: RawPacket): void => void got.push(textOf(packet)),
    };
    const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ capacity: 2, whenFull: "drop-newest" }).to(sink);
    await stream.start();
    stream.write(raw("a"));
    await stream.stop();
    expect(got).toEqual(["a"]);
  });
});
