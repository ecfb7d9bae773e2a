// The contract of a packet stream in one list: the fifteen behaviours that its model tests for, then one check for each of its
// features. Corners of each have files of their own.
import { describe, expect, test } from "vitest";
import { FlagPacket } from "../../../src/core/stream/flag-packet.js";
import { PacketFlags } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { bytesOf, Deferred, Note, note, raw, rawSource, Tag, textOf, turns } from "./kit.js";

type Texts = { readonly got: string[]; readonly sink: (packet: RawPacket) => void };

function texts(): Texts {
  const got: string[] = [];
  return { got, sink: (packet) => void got.push(textOf(packet)) };
}

const queue = { capacity: 1024, whenFull: "drop-oldest" } as const;

/** 500 packets into a queue of 10, within one turn. */
async function flood(): Promise<{ readonly got: readonly string[]; readonly dropped: number }> {
  const { got, sink } = texts();
  const stream = new PacketStream<RawPacket>({ name: "s" }).queue({ ...queue, capacity: 10 }).to(sink);
  await stream.start();
  for (let i = 0; i < 500; i++) {
    stream.write(raw(`${i}`));
  }
  await turns();
  return { got, dropped: stream.report().nodes.find(({ id }) => id === "queue")?.drops.overflow ?? 0 };
}

describe("the fifteen behaviours", () => {
  test("1. packets of a source come through a processor to the sink", async () => {
    const source = rawSource();
    const { got, sink } = texts();
    const stream = new PacketStream({ name: "s" }).source(source).via(new Tag("!")).to(sink);
    await stream.start();
    for (let i = 0; i < 100; i++) {
      source.emit(raw(`${i}`));
    }
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `${i}!`));
  });

  test("2. a source is detached once: the second time it is not in", () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    expect([stream.detach(source), stream.detach(source)]).toEqual([true, false]);
  });

  test("3. a stopped stream starts again, and what was sent in between is neither processed nor emitted", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("")).to(sink);
    await stream.start();
    stream.write(raw("a"));
    await stream.stop();
    stream.write(raw("b"));
    expect(stream.report().nodes.find(({ type }) => type === "processor")?.packets).toBe(1);
    await stream.start();
    stream.write(raw("c"));
    expect(got).toEqual(["a", "c"]);
  });

  test("4. the four calls that attach or detach are refused while the stream is active, and nothing has changed", async () => {
    const [source, stage] = [rawSource(), new Tag("")];
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(stage)
      .to(() => {});
    await stream.start();
    const before = stream.report();
    const refused = expect.objectContaining({ code: "stream/active" });
    expect(() => stream.source(rawSource())).toThrow(refused);
    expect(() => stream.attach(new Tag("late"))).toThrow(refused);
    expect(() => stream.detach(source)).toThrow(refused);
    expect(() => stream.detach(stage)).toThrow(refused);
    expect([stream.state, stream.report()]).toEqual(["active", before]);
  });

  test("5. after a stop both can be detached, nothing listens any more, and a later start emits nothing", async () => {
    const [source, stage] = [rawSource(), new Tag("")];
    const { got, sink } = texts();
    const stream = new PacketStream({ name: "s" }).source(source).via(stage).to(sink);
    await stream.start();
    await stream.stop();
    expect([stream.detach(source), stream.detach(stage)]).toEqual([true, true]);
    expect(stream.report().nodes.map(({ type }) => type)).toEqual(["sink"]);
    await stream.start();
    source.emit(raw("a"));
    expect(got).toEqual([]);
  });

  test("6. two sources of 1000 packets each are 2000 packets at the sink", async () => {
    const sources = [rawSource({ name: "a" }), rawSource({ name: "b" })] as const;
    let count = 0;
    const stream = new PacketStream({ name: "s" })
      .source(sources[0])
      .source(sources[1])
      .to(() => {
        count++;
      });
    await stream.start();
    for (let i = 0; i < 1000; i++) {
      sources[0].emit(raw("a"));
      sources[1].emit(raw("b"));
    }
    expect(count).toBe(2000);
  });

  test("7. a reader's chunks come out of the writer byte for byte", async () => {
    const file = Uint8Array.from({ length: 100_003 }, (_, i) => (i * 31) & 0xff);
    const source = rawSource({ name: "reader" });
    const written: number[] = [];
    const writer = new Tag("writer");
    writer.process = (packet, emit) => {
      written.push(...packet.data);
      emit(packet);
    };
    const stream = new PacketStream({ name: "s" }).source(source).via(writer);
    await stream.start();
    for (let at = 0; at < file.length; at += 4096) {
      source.emit(RawPacket.borrow(file.subarray(at, at + 4096)));
    }
    expect(Uint8Array.from(written)).toEqual(file);
  });

  test("8. of 500 packets that a queue of 10 gets at once some are dropped, and no packet is lost uncounted", async () => {
    const { got, dropped } = await flood();
    expect([dropped > 0, dropped < 500, got.length > 0, got.length + dropped]).toEqual([true, true, true, 500]);
  });

  test("9. a queued packet says hello although its writer's buffer is overwritten", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" }).queue(queue).to(sink);
    const buffer = bytesOf("hello");
    await stream.start();
    stream.write(RawPacket.borrow(buffer));
    buffer.fill(0x78);
    await turns();
    expect(got).toEqual(["hello"]);
  });

  test("10. and so does one that a deferred stage cloned", async () => {
    const { got, sink } = texts();
    const stage = new Deferred("stage");
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(stage).to(sink);
    const buffer = bytesOf("world");
    await stream.start();
    stream.write(RawPacket.borrow(buffer));
    buffer.fill(0x78);
    stage.emitOne();
    expect(got).toEqual(["world"]);
  });

  test("11. a stage is borrowed unless it says otherwise, and queues clone", () => {
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(new Tag("tag"))
      .queue(queue)
      .to(() => {});
    expect(stream.report().nodes.map(({ type, retention }) => [type, retention])).toEqual([
      ["processor", "borrowed"],
      ["queue", "cloned"],
      ["sink", "borrowed"],
    ]);
  });

  test("12. of two branches the synchronous one sees the data at once, the queued one the original later", async () => {
    const [now, later] = [texts(), texts()];
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("now").to(now.sink);
    stream.branch("later").queue(queue).to(later.sink);
    const buffer = bytesOf("data");
    await stream.start();
    stream.write(RawPacket.borrow(buffer));
    expect([now.got, later.got]).toEqual([["data"], []]);
    buffer.fill(0x78);
    await turns();
    expect(later.got).toEqual(["data"]);
  });

  test("13. frames 0..3 reach both branches in order", async () => {
    const [one, two] = [texts(), texts()];
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("one").to(one.sink);
    stream.branch("two").queue(queue).to(two.sink);
    await stream.start();
    for (const text of ["0", "1", "2", "3"]) {
      stream.write(raw(text));
    }
    await turns();
    expect([one.got, two.got]).toEqual([
      ["0", "1", "2", "3"],
      ["0", "1", "2", "3"],
    ]);
  });

  test("14. detect goes down alone, then delivery, and the source goes last", async () => {
    const log: string[] = [];
    const source = rawSource({ log });
    const stream = new PacketStream({ name: "ingress" }).source(source);
    const delivery = stream.branch("delivery").via(new Tag("delivery", log));
    const detect = stream.branch("detect").via(new Tag("detect", log));
    await stream.start();
    await detect.close();
    expect([delivery.state, stream.state]).toEqual(["active", "active"]);
    await delivery.close();
    expect(stream.state).toBe("active");
    await stream.close();
    expect(log.filter((line) => line.endsWith("stop"))).toEqual(["detect.stop", "delivery.stop", "source.stop"]);
  });

  test("15. an item in flight while a stream fails and closes is dropped, and close comes to its end", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .to((packet) => {
        if (textOf(packet) === "!") {
          throw new Error("gone");
        }
      })
      .queue(queue)
      .to(sink);
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("!"));
    await stream.close();
    await turns();
    expect([got, stream.state]).toEqual([[], "closed"]);
    expect(stream.report().nodes.find(({ id }) => id === "queue")?.drops).toEqual({ late: 1 });
  });
});

describe("one check for each feature", () => {
  test("clone independence: a clone stays as it was when the original's bytes are written to", () => {
    const bytes = bytesOf("abc");
    const clone = RawPacket.borrow(bytes).clone();
    bytes.fill(0x78);
    expect(textOf(clone)).toBe("abc");
  });

  test("borrow and copy: a borrowed packet sees later writes, a copied one does not", () => {
    const bytes = bytesOf("abc");
    const [borrowed, copied] = [RawPacket.borrow(bytes), RawPacket.copy(bytes)];
    bytes.set(bytesOf("xyz"));
    expect([textOf(borrowed), textOf(copied)]).toEqual(["xyz", "abc"]);
  });

  test("order: processors attached at 20, 5 and 10 leave their tags as 5, 10, 20", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" });
    for (const order of [20, 5, 10]) {
      stream.attach(new Tag(` ${order}`), { order });
    }
    stream.to(sink);
    await stream.start();
    stream.write(raw("tags"));
    expect(got).toEqual(["tags 5 10 20"]);
  });

  test("order bounds: -2 and 102 are refused, -1 appends, a taken number has a code of its own", () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    for (const order of [-2, 102]) {
      expect(() => stream.attach(new Tag("x"), { order })).toThrow(expect.objectContaining({ code: "stream/order" }));
    }
    stream.attach(new Tag("a"), { order: 7 });
    stream.attach(new Tag("b"), { order: -1 });
    const taken = expect.objectContaining({ code: "stream/duplicate-order" });
    expect(() => stream.attach(new Tag("c"), { order: 7 })).toThrow(taken);
    expect(stream.report().nodes.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("lock: attaching to a locked stream is refused, locking it twice answers false, stopping it opens it", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    expect([stream.lock(), stream.lock()]).toEqual([true, false]);
    expect(() => stream.attach(new Tag("x"))).toThrow(expect.objectContaining({ code: "stream/active" }));
    await stream.start();
    await stream.stop();
    expect(() => stream.attach(new Tag("x"))).not.toThrow();
  });

  test("pause and resume: what is sent while paused never arrives, what comes after does", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" }).to(sink);
    await stream.start();
    stream.pause();
    stream.write(raw("a"));
    stream.resume();
    stream.write(raw("b"));
    expect(got).toEqual(["b"]);
  });

  test("final: the packet arrives, then the stream has stopped", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Deferred("stage")).to(sink);
    await stream.start();
    stream.write(raw("last", PacketFlags.final));
    await stream.stop();
    expect([got, stream.state]).toEqual([["last"], "stopped"]);
  });

  test("no-modify: the packet passes by the processors and reaches the sink as it was", async () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("!")).to(sink);
    await stream.start();
    stream.write(raw("as it was", PacketFlags.noModify));
    expect(got).toEqual(["as it was"]);
  });

  test("kinds at each stage: what a stage in mid-chain does not accept reaches the sink untouched", async () => {
    const got: unknown[] = [];
    const stream = new PacketStream<RawPacket | FlagPacket>({ name: "s" })
      .via(new Tag("1"))
      .via(new Tag("2"))
      .to((packet) => got.push(packet));
    const foreign = [note("n"), new FlagPacket(PacketFlags.none)];
    await stream.start();
    for (const packet of foreign) {
      stream.write(packet);
    }
    expect(got).toEqual(foreign);
    expect(Note.is(foreign[0])).toBe(true);
  });

  test.each([
    [true, "closed"],
    [false, "error"],
  ])("errors: a stage throws, failed is told once, and with closeOnError %s the stream ends %s", async (closeOnError, state) => {
    const bad = new Tag("bad");
    bad.process = () => {
      throw new Error("bad broke");
    };
    const stream = new PacketStream<RawPacket>({ name: "s", closeOnError }).via(bad);
    const told: string[] = [];
    stream.failed.on(({ message }) => told.push(message));
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    await turns();
    expect([told, stream.error?.message, stream.state]).toEqual([["bad broke"], "bad broke", state]);
  });

  test("autoStart: the first packet that is written to a new stream arrives", () => {
    const { got, sink } = texts();
    const stream = new PacketStream<RawPacket>({ name: "s", autoStart: true }).to(sink);
    stream.write(raw("first"));
    expect([got, stream.state]).toEqual([["first"], "active"]);
  });

  test("overflow: of 500 packets into a queue of 10 the newest 10 arrive, in order", async () => {
    expect((await flood()).got).toEqual(Array.from({ length: 10 }, (_, i) => `${490 + i}`));
  });

  test("fan-out: two branches get 0..3 in order, and closing one leaves the other", async () => {
    const [one, two] = [texts(), texts()];
    const stream = new PacketStream<RawPacket>({ name: "s" });
    const first = stream.branch("one").to(one.sink);
    stream.branch("two").to(two.sink);
    await stream.start();
    for (const text of ["0", "1", "2", "3"]) {
      stream.write(raw(text));
    }
    await first.close();
    stream.write(raw("4"));
    expect([one.got, two.got]).toEqual([
      ["0", "1", "2", "3"],
      ["0", "1", "2", "3", "4"],
    ]);
  });

  test("synchronised sources: started and stopped with the stream; what cannot be started is refused", async () => {
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source);
    await stream.start();
    await stream.stop();
    expect(source.log).toEqual(["source.start", "source.stop"]);
    const radio = { name: "radio", retention: "borrowed", emits: [RawPacket.kind] } as const;
    const refused = expect.objectContaining({ code: "stream/source" });
    expect(() => stream.source({ ...radio, connect: () => ({ [Symbol.dispose]: () => {} }) } as never)).toThrow(
      refused,
    );
  });

  test("streams of streams: what leaves one stream goes through the one that it is a source of, end to end", async () => {
    const source = rawSource();
    const { got, sink } = texts();
    const first = new PacketStream({ name: "first" }).source(source).via(new Tag("1"));
    const second = new PacketStream({ name: "second" }).source(first.asSource()).via(new Tag("2")).to(sink);
    await second.start();
    expect(first.state).toBe("active");
    source.emit(raw("a"));
    await second.close();
    expect([got, first.state, source.log.at(-1)]).toEqual([["a12"], "closed", "source.close"]);
  });
});
