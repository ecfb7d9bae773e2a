import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { Signal } from "../../../src/core/signal/signal.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { Deferred, raw, rawSource, Tag, turns } from "./kit.js";

class Thrower extends Tag {
  override process(): void {
    throw new Error(`${this.name} broke`);
  }
}

describe("a throwing stage", () => {
  test("fails the stream: error, failed once, then closed, and nothing is thrown at the source", async () => {
    const source = rawSource();
    const states: string[] = [];
    const told: string[] = [];
    const stream = new PacketStream({ name: "s" }).source(source).via(new Tag("fine")).via(new Thrower("bad"));
    stream.stateChanged.on((state) => states.push(state));
    stream.failed.on((error) => told.push(error.message));
    await stream.start();
    source.emit(raw("a"));
    source.emit(raw("b"));
    expect(await stream.closed).toMatchObject({ message: "bad broke" });
    expect(states).toEqual(["active", "error", "closed"]);
    expect(told).toEqual(["bad broke"]);
    expect(source.log).toEqual(["source.start", "source.stop", "source.close"]);
  });

  test("is named by the report, which outlives the stream", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Tag("fine")).via(new Thrower("bad"));
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    await stream.closed;
    const report = stream.report();
    expect(report.error).toEqual({ stage: "bad", message: "bad broke" });
    expect(report.nodes.find(({ id }) => id === "bad")?.lastError).toBe("Error: bad broke");
    expect(report.nodes.find(({ id }) => id === "fine")?.lastError).toBeUndefined();
  });

  test("with closeOnError false the stream stays in error, drops what comes, and can be stopped and started again", async () => {
    let isBroken = true;
    const got: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s", closeOnError: false }).to(() => {
      if (isBroken) {
        throw new Error("boom");
      }
      got.push("ok");
    });
    let told = 0;
    stream.failed.on(() => {
      told++;
    });
    await stream.start();
    stream.write(raw("a"));
    stream.write(raw("b"));
    expect([stream.state, stream.error?.message, told]).toEqual(["error", "boom", 1]);
    await stream.stop();
    isBroken = false;
    await stream.start();
    expect(stream.error).toBeUndefined();
    stream.write(raw("c"));
    expect(got).toEqual(["ok"]);
  });

  test("throws at whoever brought the packet when nobody listens", async () => {
    const source = rawSource();
    const written = new PacketStream<RawPacket>({ name: "w" }).via(new Thrower("bad"));
    const sourced = new PacketStream({ name: "s" }).source(source).via(new Thrower("bad"));
    await written.start();
    await sourced.start();
    expect(() => written.write(raw("a"))).toThrow("bad broke");
    expect(() => source.emit(raw("a"))).toThrow("bad broke");
    expect([(await written.closed)?.message, (await sourced.closed)?.message]).toEqual(["bad broke", "bad broke"]);
  });

  test("behind a queue it throws at nobody: closed tells", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .queue({ capacity: 1, whenFull: "drop-oldest" })
      .via(new Thrower("bad"));
    await stream.start();
    stream.write(raw("a"));
    expect(await stream.closed).toMatchObject({ message: "bad broke" });
  });

  test("behind a deferred stage it does not throw at that stage either", async () => {
    const stage = new Deferred("encoder");
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(stage).via(new Thrower("bad"));
    await stream.start();
    stream.write(raw("a"));
    expect(() => stage.emitOne()).not.toThrow();
    expect(await stream.closed).toMatchObject({ message: "bad broke" });
  });

  test("a value that is no Error becomes one", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).to(() => {
      // biome-ignore lint/style/useThrowOnlyError: what a careless stage may do is what is tested
      throw "plain text";
    });
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    const error = await stream.closed;
    expect(error).toBeInstanceOf(FloeError);
    expect(error).toMatchObject({ code: "stream/thrown", message: "plain text", cause: "plain text" });
  });

  test("an error that a stage catches itself fails nothing, and is not blamed later", async () => {
    const careful = new Tag("careful");
    careful.process = (packet, emit) => {
      try {
        emit(packet);
      } catch {
        // Its own way of living with what lies behind it.
      }
    };
    let isBroken = true;
    const stream = new PacketStream<RawPacket>({ name: "s" })
      .via(careful)
      .to({
        name: "flaky",
        write: (_packet: RawPacket) => {
          if (isBroken) {
            throw new Error("caught");
          }
        },
      })
      .to({ name: "other", write: (packet: RawPacket) => void packet.byteLength });
    await stream.start();
    stream.write(raw("a"));
    expect(stream.state).toBe("active");
    isBroken = false;
    stream.write(raw("b"));
    expect(stream.report().error).toBeUndefined();
  });
});

describe("blame", () => {
  test("of an error that a stage catches and answers with one of its own is that stage's", async () => {
    const careful = new Tag("careful");
    careful.process = (packet, emit) => {
      try {
        emit(packet);
      } catch {
        throw new Error("its own");
      }
    };
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(careful).via(new Thrower("bad"));
    stream.failed.on(() => {});
    await stream.start();
    stream.write(raw("a"));
    await stream.closed;
    expect(stream.report().error).toEqual({ stage: "careful", message: "its own" });
  });
});

describe("an adapter that breaks between packets", () => {
  test("says so, and the stream fails as if it had thrown", async () => {
    const stage = Object.assign(new Deferred("encoder"), { failed: new Signal<FloeError>() });
    const source = rawSource();
    const stream = new PacketStream({ name: "s" }).source(source).via(stage);
    const told: string[] = [];
    stream.failed.on((error) => told.push(error.message));
    await stream.start();
    stage.failed.emit(new FloeError("h264/broken", "The encoder gave up"));
    stage.failed.emit(new FloeError("h264/broken", "again"));
    expect(await stream.closed).toMatchObject({ code: "h264/broken" });
    expect(told).toEqual(["The encoder gave up"]);
    expect(source.log).toEqual(["source.start", "source.stop", "source.close"]);
    expect(stream.report().error).toEqual({ stage: "encoder", message: "The encoder gave up", code: "h264/broken" });
  });

  test("is not listened to before the start and after the stop", async () => {
    const source = Object.assign(rawSource(), { failed: new Signal<Error>() });
    const stream = new PacketStream({ name: "s" }).source(source);
    expect(source.failed.size).toBe(0);
    await stream.start();
    expect(source.failed.size).toBe(1);
    await stream.stop();
    expect(source.failed.size).toBe(0);
  });
});

describe("sources and the ends of a life", () => {
  test("a source that cannot start makes start reject, fails the stream and stops the others", async () => {
    const good = rawSource({ name: "good" });
    const bad = rawSource({ name: "bad" });
    bad.start = () => {
      throw new FloeError("source/not-found", "No such file");
    };
    const stream = new PacketStream({ name: "s" }).source(good).source(bad);
    const told: string[] = [];
    stream.failed.on((error) => told.push(error.message));
    await expect(stream.start()).rejects.toMatchObject({ code: "source/not-found" });
    expect(await stream.closed).toMatchObject({ code: "source/not-found" });
    expect(told).toEqual(["No such file"]);
    expect(good.log).toEqual(["good.start", "good.stop", "good.close"]);
    expect(bad.log).toEqual(["bad.close"]);
    expect(stream.report().error).toEqual({ stage: "bad", message: "No such file", code: "source/not-found" });
  });

  test("a flush that throws makes stop reject and fails the stream; the source is stopped all the same", async () => {
    const source = rawSource();
    const tag = new Tag("tag");
    tag.stop = () => {
      throw new Error("flush broke");
    };
    const stream = new PacketStream({ name: "s" }).source(source).via(tag);
    stream.failed.on(() => {});
    await stream.start();
    await expect(stream.stop()).rejects.toThrow("flush broke");
    expect(await stream.closed).toMatchObject({ message: "flush broke" });
    expect(source.log).toContain("source.stop");
  });

  test("flushed packets that a sink cannot take fail the stream the same way", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Deferred("encoder")).to(() => {
      throw new Error("sink broke");
    });
    await stream.start();
    stream.write(raw("a"));
    await expect(stream.stop()).rejects.toThrow("sink broke");
  });

  test("close never rejects: what goes wrong is what closed settles with, and everything else is closed", async () => {
    const log: string[] = [];
    const tag = new Tag("tag", log);
    tag.close = () => {
      throw new Error("stuck");
    };
    const stream = new PacketStream({ name: "s" }).source(rawSource({ log })).via(tag);
    await stream.start();
    await expect(stream.close()).resolves.toBeUndefined();
    expect(await stream.closed).toMatchObject({ message: "stuck" });
    expect(log).toContain("source.close");
  });

  test("an adapter that throws when it hears of the start fails the start", async () => {
    const touchy = Object.assign(new Tag("touchy"), {
      streamStateChanged: (state: string) => {
        if (state === "active") {
          throw new Error("not now");
        }
      },
    });
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(touchy);
    stream.failed.on(() => {});
    await expect(stream.start()).rejects.toThrow("not now");
    expect(await stream.closed).toMatchObject({ message: "not now" });
  });

  test("a stage may close its stream from inside its own call", async () => {
    const log: string[] = [];
    const tag = new Tag("tag", log);
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(tag).to(() => {
      void stream.close();
      log.push("sink returns");
    });
    await stream.start();
    stream.write(raw("a"));
    await stream.closed;
    await turns();
    expect(log).toEqual(["sink returns", "tag.stop", "tag.close"]);
  });
});
