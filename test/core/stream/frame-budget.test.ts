import { describe, expect, test } from "vitest";
import type { ChromeTraceEvent } from "../../../src/core/stream/chrome-trace.js";
import type { Overrun } from "../../../src/core/stream/frame-budget.js";
import { PacketStream, type PacketStreamOptions } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { Deferred, raw, Tag, turns } from "./kit.js";

/** A stage that takes its time, and then emits. */
function slow(name: string, clock: ManualClock, ms: number): Tag {
  const tag = new Tag(name);
  tag.process = (packet, emit) => {
    clock.advance(ms * 1000);
    emit(packet);
  };
  return tag;
}

function at(timeUs: number): RawPacket {
  return RawPacket.copy(Uint8Array.of(1), { timeUs });
}

type Setup = { readonly clock: ManualClock; readonly stream: PacketStream<RawPacket>; readonly overruns: Overrun[] };

function setup(options: Partial<PacketStreamOptions> = {}): Setup {
  const clock = new ManualClock();
  const stream = new PacketStream<RawPacket>({ name: "s", clock, ...options });
  const overruns: Overrun[] = [];
  stream.overran.on((overrun) => overruns.push(overrun));
  return { clock, stream, overruns };
}

describe("a frame budget", () => {
  test("names the frame that took longer, and where its time went", async () => {
    const { clock, stream, overruns } = setup();
    const decode = slow("decode", clock, 1);
    const slowly = slow("decode", clock, 14);
    stream
      .via(slow("scale", clock, 2.9))
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .via(decode)
      .to(() => {});
    await stream.start();
    for (let frame = 1; frame <= 812; frame++) {
      if (frame === 812) {
        decode.process = slowly.process;
      }
      stream.write(at(frame * 16_667));
      clock.advance(frame === 812 ? 6200 : 0);
      await turns(3);
      clock.advance(16_667);
    }
    expect(overruns.map(({ message }) => message)).toEqual([
      "frame 812: 23.1 of 16.7 ms: 14.0 in decode, 6.2 waiting in queue, 2.9 in scale",
    ]);
    expect(stream.report().budget).toEqual({
      budgetMs: 16.7,
      timed: 812,
      overruns: 1,
      worst: overruns[0],
      last: overruns[0],
    });
    expect(overruns[0]).toMatchObject({
      source: "s.write()",
      frame: 812,
      timeUs: 812 * 16_667,
      parts: [
        { node: "decode", doing: "working", ms: 14 },
        { node: "queue", doing: "waiting", ms: 6.2 },
        { node: "scale", doing: "working", ms: 2.9 },
      ],
    });
  });

  test("counts the time with a stage that works after the call", async () => {
    const { clock, stream, overruns } = setup({ budgetMs: 10 });
    const encoder = new Deferred("encoder");
    stream
      .via(encoder)
      .via(slow("packetize", clock, 4))
      .to(() => {});
    await stream.start();
    stream.write(at(1));
    stream.write(at(2));
    clock.advance(5000);
    encoder.emitOne();
    clock.advance(8000);
    encoder.emitOne();
    expect(overruns.map(({ message }) => message)).toEqual([
      "frame 2: 21.0 of 10 ms: 17.0 in encoder, 4.0 in packetize",
    ]);
    expect(stream.report().budget).toMatchObject({ timed: 2, overruns: 1 });
  });

  test("is not held against a packet that a queue dropped", async () => {
    const { clock, stream, overruns } = setup({ budgetMs: 1 });
    const sink = { ready: false, write: (_packet: RawPacket): void => {} };
    stream.queue({ capacity: 1, whenFull: "drop-oldest" }).to(sink);
    await stream.start();
    stream.write(at(1));
    clock.advance(5000);
    stream.write(at(2));
    expect([overruns, stream.report().budget?.timed]).toEqual([[], 0]);
    sink.ready = true;
    clock.advance(5000);
    await turns();
    expect(overruns.map(({ frame }) => frame)).toEqual([2]);
  });

  test("of a branch is its own: the stream sees the branch as one of its nodes", async () => {
    const { clock, stream, overruns } = setup({ budgetMs: 5 });
    const branch = stream.branch("detect").via(slow("detector", clock, 9));
    const told: string[] = [];
    branch.overran.on(({ message }) => told.push(message));
    stream.to(() => {});
    await stream.start();
    stream.write(at(1));
    expect(overruns[0].message).toBe("frame 1: 9.0 of 5 ms: 9.0 in detect");
    expect(told).toEqual(["frame 1: 9.0 of 5 ms: 9.0 in detector"]);
  });

  test("needs a clock and a full report", async () => {
    for (const stream of [setup({ report: "drops" }).stream, new PacketStream<RawPacket>({ name: "s" })]) {
      stream.to(() => {});
      await stream.start();
      stream.write(raw("a"));
      expect(stream.report().budget).toBeUndefined();
      expect(stream.trace().traceEvents.filter(({ ph }) => ph === "X")).toEqual([]);
    }
  });

  test("is a positive number", () => {
    expect(() => setup({ budgetMs: 0 })).toThrow("not a positive number");
    expect(() => setup({ budgetMs: Number.NaN })).toThrow("not a positive number");
  });
});

describe("the trace", () => {
  async function traced(frames: number): Promise<readonly ChromeTraceEvent[]> {
    const { clock, stream } = setup();
    const encoder = new Deferred("encoder");
    stream
      .via(slow("scale", clock, 2))
      .via(encoder)
      .queue({ capacity: 500, whenFull: "drop-oldest" })
      .to(() => clock.advance(1000));
    await stream.start();
    for (let frame = 1; frame <= frames; frame++) {
      stream.write(at(frame));
      clock.advance(5000);
    }
    for (let frame = 1; frame <= frames; frame++) {
      encoder.emitOne();
      clock.advance(500);
    }
    let hasStopped = false;
    const stopping = stream.stop().then(() => {
      hasStopped = true;
    });
    while (!hasStopped) {
      await turns();
      clock.advance(0);
    }
    await stopping;
    const trace = stream.trace();
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
    return trace.traceEvents;
  }

  test("is complete events with a name, a time and a row that has a name", async () => {
    const events = await traced(3);
    const complete = events.filter(({ ph }) => ph === "X");
    const rows = new Map(
      events.filter(({ name }) => name === "thread_name").map(({ tid, args }) => [tid, args["name"]]),
    );
    for (const event of complete) {
      expect(event).toMatchObject({ pid: 1, ts: expect.any(Number), dur: expect.any(Number) });
      expect(rows.has(event.tid)).toBe(true);
    }
    const ofFirst = complete
      .filter(({ args }) => args["frame"] === 1)
      .map(({ name, cat, ts, dur }) => [name, cat, ts, dur]);
    expect(ofFirst).toEqual([
      ["frame 1", "frame", 0, 23_500],
      ["encoder", "work", 2000, 0],
      ["scale", "work", 0, 2000],
      ["encoder", "through", 2000, 19_000],
      ["queue", "wait", 21_000, 1500],
      ["sink", "work", 22_500, 1000],
    ]);
    expect(events[0]).toMatchObject({ ph: "M", name: "process_name", args: { name: "s" } });
  });

  test("never has two events of one row overlap without one holding the other", async () => {
    const events = (await traced(20)).filter(({ ph }) => ph === "X");
    for (const a of events) {
      for (const b of events) {
        const [aTs = 0, aDur = 0, bTs = 0, bDur = 0] = [a.ts, a.dur, b.ts, b.dur];
        if (a !== b && a.tid === b.tid && aTs <= bTs && bTs < aTs + aDur) {
          expect(bTs + bDur).toBeLessThanOrEqual(aTs + aDur);
        }
      }
    }
  });

  test("holds the last 128 packets", async () => {
    const frames = (await traced(60)).filter(({ cat }) => cat === "frame");
    expect(frames).toHaveLength(60);
    const { stream, clock } = setup();
    stream.to(() => {});
    await stream.start();
    for (let frame = 1; frame <= 300; frame++) {
      clock.advance(16_667);
      stream.write(at(frame));
    }
    const kept = stream.trace().traceEvents.filter(({ cat }) => cat === "frame");
    expect([kept.length, kept[0].name, kept.at(-1)?.name]).toEqual([128, "frame 173", "frame 300"]);
  });
});
