import { afterEach, describe, expect, test } from "vitest";
import type { Emit, Processor } from "../../../src/core/stream/adapter.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { policePackets } from "../../../src/core/stream/policing.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { bytesOf, Deferred, raw, rawSource, Tag, textOf, turns } from "./kit.js";

/** Counts the releases of packets that own something. */
function counted(text: string, releases: string[]): RawPacket {
  const packet = RawPacket.copy(bytesOf(text));
  packet.release = () => void releases.push(text);
  packet.clone = () => counted(text, releases);
  return packet;
}

describe("the clone boundary", () => {
  test("a queued packet keeps its bytes when the writer overwrites its own at once", async () => {
    const got: string[] = [];
    const bytes = bytesOf("hello");
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(RawPacket.borrow(bytes));
    bytes.fill(120);
    await turns();
    expect(got).toEqual(["hello"]);
  });

  test("a deferred stage that clones sees the original too", async () => {
    const got: string[] = [];
    const bytes = bytesOf("world");
    const stage = new Deferred("encoder");
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(stage).to((packet) => void got.push(textOf(packet)));
    await stream.start();
    stream.write(RawPacket.borrow(bytes));
    bytes.fill(120);
    stage.emitOne();
    expect(got).toEqual(["world"]);
  });

  test("of two branches the synchronous one sees the data at once, the queued one the original later", async () => {
    const direct: string[] = [];
    const later: string[] = [];
    const bytes = bytesOf("frame");
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("delivery").to((packet) => void direct.push(textOf(packet)));
    stream
      .branch("detect")
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .to((packet) => void later.push(textOf(packet)));
    await stream.start();
    stream.write(RawPacket.borrow(bytes));
    expect([direct, later]).toEqual([["frame"], []]);
    bytes.fill(120);
    await turns();
    expect(later).toEqual(["frame"]);
  });
});

describe("who may keep what, checked at start", () => {
  const recorder = (): Deferred => new Deferred("recorder", { retention: "retained" });

  test("a stage that keeps packets is refused behind a lending source, with both names and the fix", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource({ name: "camera" })).via(recorder());
    await expect(stream.start()).rejects.toMatchObject({
      code: "stream/lent-packets",
      message: '"recorder" keeps packets after the call, but "camera" only lends them',
      fix: 'Put .queue() between "camera" and "recorder".',
    });
    expect(stream.state).toBe("none");
  });

  test("a queue between the two makes it right", async () => {
    const stream = new PacketStream({ name: "s" })
      .source(rawSource())
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .via(recorder());
    await stream.start();
    expect(stream.state).toBe("active");
  });

  test("a stage that clones makes it right, and so does a source that gives its packets away", async () => {
    const behindClone = new PacketStream({ name: "s" })
      .source(rawSource())
      .via(new Deferred("decoder"))
      .via(recorder());
    const behindGiver = new PacketStream({ name: "s" }).source(rawSource({ retention: "cloned" })).via(recorder());
    await behindClone.start();
    await behindGiver.start();
    expect([behindClone.state, behindGiver.state]).toEqual(["active", "active"]);
  });

  test("a lending stage behind the queue lends again: it is the one that is named", async () => {
    const stream = new PacketStream({ name: "s" })
      .source(rawSource())
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .via(new Tag("scale"))
      .via(recorder());
    await expect(stream.start()).rejects.toMatchObject({ message: expect.stringContaining('"scale" only lends') });
  });

  test("packets that are written are lent, so nothing may keep them", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(recorder());
    await expect(stream.start()).rejects.toMatchObject({ message: expect.stringContaining('"s.write()" only lends') });
  });

  test("a write that would reach a keeping stage beside a giving source is refused; the source goes on", async () => {
    const source = rawSource({ retention: "cloned" });
    const stage = recorder();
    const stream = new PacketStream({ name: "s" }).source(source).via(stage);
    await stream.start();
    expect(() => stream.write(raw("a"))).toThrow(expect.objectContaining({ code: "stream/lent-packets" }));
    source.emit(RawPacket.copy(bytesOf("b")));
    expect(stage.held.map(textOf)).toEqual(["b"]);
  });

  test("a branch shares what it sees with the rest of the chain: it may keep nothing without a queue of its own", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource()).queue({ capacity: 1, whenFull: "drop-oldest" });
    const record = stream.branch("record");
    record.via(recorder());
    stream.to(() => {});
    await expect(stream.start()).rejects.toMatchObject({
      code: "stream/lent-packets",
      message: expect.stringContaining('"queue" only lends'),
    });

    const fixed = new PacketStream({ name: "s" }).source(rawSource());
    fixed.branch("record").queue({ capacity: 1, whenFull: "drop-oldest" }).via(recorder());
    fixed.to(() => {});
    await fixed.start();
    expect(fixed.state).toBe("active");
  });

  test("a branch at the very end may keep what the chain gives it", async () => {
    const stream = new PacketStream({ name: "s" }).source(rawSource()).queue({ capacity: 1, whenFull: "drop-oldest" });
    stream.branch("record").via(recorder());
    await stream.start();
    expect(stream.state).toBe("active");
  });

  test("a packet has one owner: what a sink keeps, nothing behind it may keep too", async () => {
    const keep = { name: "keep", retention: "retained" as const, accepts: [RawPacket.kind], write: () => {} };
    const stream = new PacketStream({ name: "s" })
      .source(rawSource())
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .to(keep)
      .via(recorder());
    await expect(stream.start()).rejects.toMatchObject({ message: expect.stringContaining('"keep" only lends') });
  });
});

describe("who releases what", () => {
  test("a queue's copy ends with the call that hands it on; the writer's packet is the writer's", async () => {
    const releases: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 4, whenFull: "drop-oldest" })
      .to(() => void releases.push("sink"));
    await stream.start();
    stream.write(counted("a", releases));
    expect(releases).toEqual([]);
    await turns();
    expect(releases).toEqual(["sink", "a"]);
  });

  test("a packet that a giving source brings is released once, and also when it comes too late", async () => {
    const releases: string[] = [];
    const source = rawSource({ retention: "cloned" });
    const stream = new PacketStream({ name: "s" }).source(source).to(() => {});
    await stream.start();
    source.emit(counted("a", releases));
    await stream.stop();
    source.emit(counted("b", releases));
    expect(releases).toEqual(["a", "b"]);
  });

  test("a stage that keeps a packet is its owner: nobody releases it until the stage emits it", async () => {
    const releases: string[] = [];
    const source = rawSource({ retention: "cloned" });
    const stage = new Deferred("delay", { retention: "retained" });
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(stage)
      .to(() => void releases.push("sink"));
    await stream.start();
    source.emit(counted("a", releases));
    expect(releases).toEqual([]);
    stage.emitOne();
    expect(releases).toEqual(["sink", "a"]);
  });

  test("packets that a queue drops are released", async () => {
    const releases: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .to(() => {});
    await stream.start();
    stream.write(counted("a", releases));
    stream.write(counted("b", releases));
    expect(releases).toEqual(["a"]);
    await turns();
    expect(releases).toEqual(["a", "b"]);
  });

  test("a packet is released although a stage throws", async () => {
    const releases: string[] = [];
    const source = rawSource({ retention: "cloned" });
    const stream = new PacketStream({ name: "s" }).source(source).to(() => {
      throw new Error("boom");
    });
    stream.failed.on(() => {});
    await stream.start();
    source.emit(counted("a", releases));
    expect(releases).toEqual(["a"]);
  });
});

describe("policing, for development", () => {
  afterEach(() => policePackets(false));

  test("a stage that reads a lent packet after the call is told so, with the lender's and the stage's names", async () => {
    policePackets(true);
    const kept: RawPacket[] = [];
    const bytes: Uint8Array[] = [];
    const hoarder: Processor<RawPacket, RawPacket> = {
      name: "hoarder",
      retention: "borrowed",
      accepts: [RawPacket.kind],
      emits: [RawPacket.kind],
      process: (packet: RawPacket, emit: Emit<RawPacket>) => {
        kept.push(packet);
        bytes.push(packet.data);
        emit(packet);
      },
    };
    const got: string[] = [];
    const source = rawSource({ name: "camera" });
    const stream = new PacketStream({ name: "s" })
      .source(source)
      .via(hoarder)
      .to((packet) => void got.push(textOf(packet)));
    await stream.start();
    const mine = raw("abc");
    source.emit(mine);
    expect(got).toEqual(["abc"]);
    expect(() => kept[0].data).toThrow(
      '"data" of a released raw packet was read. It was lent by "camera" to "hoarder"',
    );
    expect([...bytes[0]]).toEqual([0xdd, 0xdd, 0xdd]);
    // The lender's own packet is as it was.
    expect(textOf(mine)).toBe("abc");
  });

  test("a sink that keeps a queue's copy is told so", async () => {
    policePackets(true);
    const kept: RawPacket[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .to(function hoard(packet) {
        kept.push(packet);
      });
    await stream.start();
    stream.write(raw("abc"));
    await turns();
    expect(() => kept[0].byteLength).toThrow(/lent by "queue" to "hoard"/);
  });
});
