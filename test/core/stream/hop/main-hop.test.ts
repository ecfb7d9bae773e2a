// hop("main"): the same promises as a hop to a worker, kept by a turn of the event loop instead of a wire.
import { describe, expect, test } from "vitest";
import type { MainHopOptions } from "../../../../src/core/stream/hop/add-hop.js";
import { PacketFlags } from "../../../../src/core/stream/packet.js";
import { PacketStream } from "../../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../../src/core/stream/raw-packet.js";
import { ManualClock } from "../../../sim/manual-clock.js";
import { HeedingSource, note, raw, Tag, textOf, turns } from "../kit.js";
import { until } from "./kit.js";

type Setup = { readonly clock: ManualClock; readonly stream: PacketStream<RawPacket>; readonly got: string[] };

function setup(options: MainHopOptions = {}): Setup {
  const clock = new ManualClock();
  const got: string[] = [];
  const stream = new PacketStream<RawPacket>({ name: "s", clock })
    .hop("main", options)
    .via(new Tag("!"))
    .to((packet) => void got.push(textOf(packet)));
  return { clock, stream, got };
}

/** Lets the event loop turn until what is asked for has come to its end. */
async function whileTurning(clock: ManualClock, asked: Promise<unknown>): Promise<void> {
  let isDone = false;
  void asked.then(() => {
    isDone = true;
  });
  await until(() => {
    clock.advance(0);
    return isDone;
  });
}

describe('hop("main")', () => {
  test("carries every kind, times and flags, and keeps the order; stages pass what is not to be modified", async () => {
    const clock = new ManualClock();
    const got: (readonly [string, number])[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .hop("main")
      .via(new Tag("!"))
      .to((packet) => void got.push([packet.kind.name === "raw" ? textOf(packet) : packet.kind.name, packet.timeUs]));
    await stream.start();
    stream.write(RawPacket.copy(new TextEncoder().encode("a"), { timeUs: -5_000_000_000 }));
    stream.write(raw("b", PacketFlags.noModify));
    stream.write(note("n"));
    stream.write(raw("c"));
    clock.advance(0);
    expect(got).toEqual([
      ["a!", -5_000_000_000],
      ["b", 0],
      ["note", 0],
      ["c!", 0],
    ]);
    await stream.close();
  });

  test("behind a final packet the stream stops, after everything in front of it has arrived", async () => {
    const { clock, stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b", PacketFlags.final));
    await until(() => {
      clock.advance(0);
      return stream.state === "stopped";
    });
    expect(got).toEqual(["a!", "b!"]);
  });

  test("stop() waits for what it holds; the stream may be started again", async () => {
    const { clock, stream, got } = setup();
    for (const round of ["1", "2"]) {
      await stream.start();
      for (let i = 0; i < 40; i++) {
        stream.write(raw(`${round}.${i}`));
      }
      await whileTurning(clock, stream.stop());
      expect(got.splice(0)).toEqual(Array.from({ length: 40 }, (_, i) => `${round}.${i}!`));
    }
  });

  test("a pause keeps what it holds and drops what comes", async () => {
    const { clock, stream, got } = setup();
    await stream.start();
    stream.write(raw("a"));
    stream.pause();
    stream.write(raw("lost"));
    clock.advance(1000);
    expect(got).toEqual([]);
    stream.resume();
    clock.advance(1000);
    expect(got).toEqual(["a!"]);
    await whileTurning(clock, stream.close());
  });

  test.each([
    ["drop-oldest", ["8!", "9!"]],
    ["drop-newest", ["0!", "1!"]],
  ] as const)("full, it drops by its policy (%s) and counts", async (whenFull, left) => {
    const { clock, stream, got } = setup({ capacity: 2, whenFull });
    await stream.start();
    for (let i = 0; i < 10; i++) {
      stream.write(raw(`${i}`));
    }
    clock.advance(0);
    expect(got).toEqual(left);
    expect(stream.report().nodes.find(({ id }) => id === "main")).toMatchObject({
      drops: { overflow: 8 },
      queue: { depth: 0, highWater: 2 },
    });
    await stream.close();
  });

  test("one that blocks holds its source to the rate of a slow sink, and loses nothing", async () => {
    const clock = new ManualClock();
    const source = new HeedingSource(100);
    const got: string[] = [];
    const sink = { ready: false, write: (packet: RawPacket): void => void got.push(textOf(packet)) };
    const stream = new PacketStream({ name: "s", clock })
      .source(source)
      .hop("main", { capacity: 4, whenFull: "block" })
      .to(sink);
    await stream.start();
    for (let i = 0; i < 50; i++) {
      await turns();
      clock.advance(5000);
    }
    expect([source.brought <= 8, got]).toEqual([true, []]);
    sink.ready = true;
    await until(() => {
      clock.advance(5000);
      return got.length === 100;
    });
    expect(stream.report().nodes.flatMap(({ drops }) => Object.keys(drops))).toEqual([]);
    await whileTurning(clock, stream.close());
  });

  test("what it holds when the stream fails is dropped as late, and so is what comes after close", async () => {
    const clock = new ManualClock();
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", clock })
      .to((packet) => {
        if (textOf(packet) === "!") {
          throw new Error("gone");
        }
      })
      .hop("main")
      .to((packet) => void got.push(textOf(packet)));
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("!"));
    await stream.close();
    stream.write(raw("b"));
    clock.advance(1000);
    expect(got).toEqual([]);
    const drops = Object.fromEntries(stream.report().nodes.map((node) => [node.id, node.drops]));
    expect([drops["main"], drops["s.write()"]]).toEqual([{ late: 1 }, { late: 1 }]);
  });

  test("is refused with a capacity, a policy, a turn or a number that cannot be, and while the stream runs", async () => {
    const { stream } = setup();
    for (const [options, code] of [
      [{ capacity: -1 }, "stream/capacity"],
      [{ whenFull: "wait" as never }, "stream/when-full"],
      [{ maxTurnMs: 0 }, "stream/max-turn"],
      [{ order: 102 }, "stream/order"],
    ] as const) {
      expect(() => stream.hop("main", options)).toThrow(expect.objectContaining({ code }));
    }
    await stream.start();
    expect(() => stream.hop("main")).toThrow(expect.objectContaining({ code: "stream/active" }));
    await stream.close();
  });
});
