import { describe, expect, test } from "vitest";
import type { Emit, Processor } from "../../../src/core/stream/adapter.js";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import { AnyPacket, type Packet, PacketFlags, type PacketKind } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { Note, type NotePacket, note, raw, rawSource, Tag, TestSource, textOf, turns, video } from "./kit.js";

function shape(packet: Packet): string {
  return Note.is(packet) ? packet.note : RawPacket.kind.is(packet) ? textOf(packet) : packet.kind.name;
}

describe("order", () => {
  test("stages run in the order of the sentence", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(new Tag("1"))
      .via(new Tag("2"))
      .via(new Tag("3"))
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(raw(""));
    expect(got).toEqual(["123"]);
  });

  test("processors attached at 20, 5, 10 and -1 run at 5, 10, 20 and last", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .attach(new Tag("-20"), { order: 20 })
      .attach(new Tag("-5"), { order: 5 })
      .to((packet) => void got.push(shape(packet)))
      .attach(new Tag("-10"), { order: 10 })
      .attach(new Tag("-last"), { order: -1 });
    await stream.start();
    stream.write(raw(""));
    expect(got).toEqual(["-5-10-20-last"]);
  });

  test("orders outside -1..101, fractions and taken orders are refused, and nothing has changed", () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).attach(new Tag("a"), { order: 5 });
    for (const order of [-2, 102, 1.5, Number.NaN]) {
      expect(() => stream.attach(new Tag("b"), { order })).toThrow(expect.objectContaining({ code: "stream/order" }));
    }
    expect(() => stream.attach(new Tag("b"), { order: 5 })).toThrow(
      expect.objectContaining({ code: "stream/duplicate-order" }),
    );
    expect(stream.report().nodes).toHaveLength(1);
  });

  test("the same stage twice is refused", () => {
    const tag = new Tag("t");
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source).via(tag);
    expect(() => stream.via(tag)).toThrow(expect.objectContaining({ code: "stream/duplicate-stage" }));
    expect(() => stream.source(source)).toThrow(expect.objectContaining({ code: "stream/duplicate-stage" }));
  });

  test("a sink in the middle sees what stands there, a sink at the end what comes out", async () => {
    const middle: string[] = [];
    const end: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .to((packet) => void middle.push(textOf(packet)))
      .via(new Tag("x"))
      .to((packet) => void end.push(textOf(packet)));
    await stream.start();
    stream.write(raw("a"));
    expect([middle, end]).toEqual([["a"], ["ax"]]);
  });

  test("two sources are merged: 1000 packets each, 2000 arrive", async () => {
    const a = rawSource({ name: "a" });
    const b = rawSource({ name: "b" });
    let count = 0;
    const stream = new PacketStream({ name: "s" })
      .source(a)
      .source(b)
      .to(() => {
        count++;
      });
    await stream.start();
    for (let i = 0; i < 1000; i++) {
      a.emit(raw("a"));
      b.emit(raw("b"));
    }
    expect(count).toBe(2000);
  });

  test("a stream is another stream's sink", async () => {
    const got: string[] = [];
    const second = new PacketStream<RawPacket>({ name: "second" })
      .via(new Tag("2"))
      .to((packet) => void got.push(textOf(packet)));
    const first = new PacketStream<RawPacket>({ name: "first" }).via(new Tag("1")).to(second);
    await second.start();
    await first.start();
    first.write(raw("a"));
    expect(got).toEqual(["a12"]);
  });
});

describe("kinds that are not for a stage", () => {
  test("pass by every stage untouched, queues included, and reach the sink", async () => {
    const got: Packet[] = [];
    const stream = new PacketStream<RawPacket | NotePacket>({ name: "s" })
      .via(new Tag("1"))
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .via(new Tag("2"))
      .to((packet) => void got.push(packet));
    await stream.start();
    const foreign = note("foreign");
    stream.write(foreign);
    stream.write(raw("a"));
    stream.write(new FlagPacket(PacketFlags.none));
    await turns();
    expect(got.map(shape)).toEqual(["foreign", "a12", "flag"]);
  });

  test("are the very same object where nothing clones", async () => {
    const got: Packet[] = [];
    const stream = new PacketStream<NotePacket | RawPacket>({ name: "s" })
      .via(new Tag("1"))
      .to((packet) => void got.push(packet));
    await stream.start();
    const foreign = note("x");
    stream.write(foreign);
    expect(got[0]).toBe(foreign);
  });

  test("are left out by a sink that chooses", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket | NotePacket>({ name: "s" }).to({
      name: "notes",
      accepts: [Note],
      write: (packet: NotePacket) => void got.push(packet.note),
    });
    await stream.start();
    stream.write(raw("a"));
    stream.write(note("n"));
    expect(got).toEqual(["n"]);
    expect(stream.report().nodes.find(({ id }) => id === "notes")).toMatchObject({ packets: 1, passedBy: 1 });
  });

  test("a stage of many kinds, of all kinds, or with a kind that has a test of its own takes what it says", async () => {
    const short: PacketKind<NotePacket> = {
      name: "short-note",
      is: (packet): packet is NotePacket => Note.is(packet) && packet.note.length < 3,
    };
    const seen: Record<string, string[]> = { all: [], short: [] };
    const probe = (name: string, kind: PacketKind): Processor<Packet, Packet> => ({
      name,
      retention: "borrowed",
      accepts: [kind],
      emits: [AnyPacket],
      process: (packet: Packet, emit: Emit<Packet>) => {
        seen[name].push(shape(packet));
        emit(packet);
      },
    });
    let count = 0;
    const stream = new PacketStream<Packet>({ name: "s" })
      .via(probe("all", AnyPacket))
      .via(probe("short", short))
      .to(() => {
        count++;
      });
    await stream.start();
    for (const packet of [note("ab"), note("long"), raw("r"), video(1)]) {
      stream.write(packet);
    }
    expect(seen).toEqual({ all: ["ab", "long", "r", "encoded-video"], short: ["ab"] });
    expect(count).toBe(4);
  });
});

describe("flags", () => {
  test("a packet that is not to be modified skips the processors, keeps its place behind a queue, and reaches the sink", async () => {
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .via(new Tag("x"))
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b", PacketFlags.noModify));
    stream.write(raw("c"));
    await turns();
    expect(got).toEqual(["ax", "b", "cx"]);
  });

  test("behind a final packet the stream stops itself, after everything has arrived", async () => {
    const got: string[] = [];
    const source = rawSource();
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .queue({ capacity: 8, whenFull: "drop-newest" })
      .to((packet) => void got.push(shape(packet)));
    await stream.start();
    source.emit(raw("a"));
    source.emit(raw("b", PacketFlags.final));
    source.emit(raw("too late"));
    await turns();
    expect([got, stream.state]).toEqual([["a", "b"], "stopped"]);
    expect(source.log).toEqual(["source.start", "source.stop"]);
  });

  test("a final packet that a processor makes stops the stream as well, and not inside that processor's call", async () => {
    const events: string[] = [];
    const closer: Processor<RawPacket, FlagPacket> = {
      name: "closer",
      retention: "borrowed",
      accepts: [RawPacket.kind],
      emits: [FlagPacket.kind],
      process: (_packet, emit) => {
        emit(FlagPacket.final());
        events.push("process returns");
      },
      stop: () => void events.push("stop"),
    };
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(closer)
      .to((packet) => void events.push(shape(packet)));
    await stream.start();
    stream.write(raw("a"));
    await turns();
    expect(events).toEqual(["flag", "process returns", "stop"]);
    expect(stream.state).toBe("stopped");
  });
});

describe("sources", () => {
  test("start with the stream, stop with it, and are closed with it", async () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    await stream.start();
    await stream.stop();
    await stream.start();
    await stream.close();
    expect(source.log).toEqual(["source.start", "source.stop", "source.start", "source.stop", "source.close"]);
  });

  test("an external source is only listened to while the stream runs", async () => {
    const listeners = new Set<Emit<RawPacket>>();
    const external = {
      name: "radio",
      retention: "borrowed" as const,
      emits: [RawPacket.kind],
      connect: (emit: Emit<RawPacket>): Disposable => {
        listeners.add(emit);
        return { [Symbol.dispose]: () => void listeners.delete(emit) };
      },
    };
    const got: string[] = [];
    const stream = new PacketStream({ name: "s" })
      .source(external, { lifecycle: "external" })
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    for (const emit of listeners) {
      emit(raw("a"));
    }
    await stream.stop();
    expect(listeners.size).toBe(0);
    await stream.close();
    expect(got).toEqual(["a"]);
  });

  test("something that can neither be started nor connected is refused as what it is asked to be", () => {
    const stream = new PacketStream({ name: "s" });
    const lame = { name: "lame", retention: "borrowed", emits: [RawPacket.kind] } as unknown as TestSource;
    expect(() => stream.source(lame)).toThrow(expect.objectContaining({ code: "stream/source" }));
    expect(() => stream.source(rawSource() as never, { lifecycle: "external" })).toThrow(
      expect.objectContaining({ code: "stream/source" }),
    );
  });

  test("a source that emits while it starts is heard", async () => {
    const got: string[] = [];
    const eager = rawSource();
    const start = eager.start.bind(eager);
    eager.start = (emit) => {
      start(emit);
      emit(raw("first"));
    };
    const stream = new PacketStream({ name: "s" }).source(eager).to((packet) => void got.push(textOf(packet)));
    await stream.start();
    expect(got).toEqual(["first"]);
  });
});

describe("wiring that cannot work", () => {
  test("a stage that takes none of the kinds that reach it is refused by start, with names, and nothing has changed", async () => {
    const source = new TestSource([Note]);
    const stream = new PacketStream({ name: "s" }).source(source).attach(new Tag("tag"), { order: 5 });
    await expect(stream.start()).rejects.toMatchObject({
      code: "stream/no-packets",
      message: '"tag" takes raw, but only note reaches it',
    });
    expect([stream.state, source.log]).toEqual(["none", []]);
  });

  test("the kinds of a branch are checked with the stream that it hangs on", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource());
    const branch = stream.branch("b");
    branch.attach(Object.assign(new Tag("t"), { accepts: [Note] }) as unknown as Tag, { order: 1 });
    await expect(stream.start()).rejects.toMatchObject({ code: "stream/no-packets" });
    await expect(branch.start()).rejects.toMatchObject({ code: "stream/no-packets" });
    expect([stream.state, branch.state]).toEqual(["none", "none"]);
  });

  test("queues that hold nothing and times of nothing are refused", () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    for (const capacity of [0, -1, 1.5, Number.NaN]) {
      expect(() => stream.queue({ capacity, whenFull: "drop-oldest" })).toThrow(
        expect.objectContaining({ code: "stream/capacity" }),
      );
    }
    expect(() => stream.queue({ capacity: 1, whenFull: "drop-oldest", maxTurnMs: 0 })).toThrow(
      expect.objectContaining({ code: "stream/max-turn" }),
    );
    expect(() => new PacketStream({ name: "s", timedOneIn: 0 })).toThrow(
      expect.objectContaining({ code: "stream/timed-one-in" }),
    );
  });
});
