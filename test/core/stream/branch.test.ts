import { describe, expect, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { Deferred, raw, rawSource, Tag, type TestSource, textOf, turns } from "./kit.js";

type Fork = {
  readonly source: TestSource<RawPacket>;
  readonly stream: PacketStream<RawPacket>;
  readonly detect: PacketStream<RawPacket>;
  readonly delivered: string[];
  readonly detected: string[];
  readonly log: string[];
};

function fork(): Fork {
  const log: string[] = [];
  const source = rawSource({ log });
  const delivered: string[] = [];
  const detected: string[] = [];
  const stream = new PacketStream({ name: "delivery" }).source(source);
  const detect = stream.branch("detect");
  detect
    .queue({ capacity: 8, whenFull: "drop-oldest" })
    .via(new Tag("?", log))
    .to((packet) => void detected.push(textOf(packet)));
  stream.via(new Tag("!", log)).to((packet) => void delivered.push(textOf(packet)));
  return { source, stream, detect, delivered, detected, log };
}

describe("branches", () => {
  test("both see frames 0..3 in order", async () => {
    const { source, stream, delivered, detected } = fork();
    await stream.start();
    for (let i = 0; i < 4; i++) {
      source.emit(raw(`${i}`));
    }
    await turns();
    expect([delivered, detected]).toEqual([
      ["0!", "1!", "2!", "3!"],
      ["0?", "1?", "2?", "3?"],
    ]);
  });

  test("start and stop with their stream", async () => {
    const { stream, detect } = fork();
    await stream.start();
    expect(detect.state).toBe("active");
    await stream.stop();
    expect(detect.state).toBe("stopped");
    await stream.start();
    expect(detect.state).toBe("active");
    await stream.close();
    expect(detect.state).toBe("closed");
  });

  test("go down before the delivery, and the shared source goes last", async () => {
    const { source, stream, log } = fork();
    await stream.start();
    source.emit(raw("a"));
    await stream.close();
    expect(log).toEqual(["source.start", "?.stop", "!.stop", "source.stop", "?.close", "!.close", "source.close"]);
  });

  test("side by side the one that was added last goes down first: detect, then delivery, then the source", async () => {
    const log: string[] = [];
    const ingress = new PacketStream({ name: "ingress" }).source(rawSource({ log }));
    ingress.branch("delivery").via(new Tag("delivery", log));
    ingress.branch("detect").via(new Tag("detect", log));
    await ingress.start();
    await ingress.close();
    expect(log).toEqual([
      "source.start",
      "detect.stop",
      "delivery.stop",
      "source.stop",
      "detect.close",
      "delivery.close",
      "source.close",
    ]);
  });

  test("closing the detect branch leaves delivery and source running; what still comes is counted as late", async () => {
    const { source, stream, detect, delivered, log } = fork();
    await stream.start();
    await detect.close();
    source.emit(raw("a"));
    expect([delivered, stream.state]).toEqual([["a!"], "active"]);
    expect(log).not.toContain("source.stop");
    expect(detect.report().nodes[0]).toMatchObject({ type: "entry", drops: { late: 1 } });
  });

  test("an item that waits in a branch's queue when the branch fails is never delivered", async () => {
    const { source, stream, detect, detected } = fork();
    detect.to(() => {
      throw new Error("detector died");
    });
    await stream.start();
    source.emit(raw("a"));
    source.emit(raw("b"));
    expect(await detect.closed).toMatchObject({ message: "detector died" });
    expect(detected).toEqual(["a?"]);
  });

  test("a branch fails alone: the stream and its source go on, and nothing is thrown at the source", async () => {
    const { source, stream, detect, delivered } = fork();
    const failing = stream.branch("failing");
    failing.to(() => {
      throw new Error("boom");
    });
    await stream.start();
    source.emit(raw("a"));
    source.emit(raw("b"));
    expect(await failing.closed).toMatchObject({ message: "boom" });
    expect([stream.state, detect.state, delivered]).toEqual(["active", "active", ["a!", "b!"]]);
  });

  test("a branch that says so takes the stream with it", async () => {
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("recording", { failure: "together" }).to(() => {
      throw new Error("disk full");
    });
    stream.to(() => {});
    const told: string[] = [];
    stream.failed.on((error) => told.push(error.message));
    await stream.start();
    stream.write(raw("a"));
    expect(await stream.closed).toMatchObject({ message: "disk full" });
    expect(told).toEqual(["disk full"]);
    expect(stream.report().error).toMatchObject({ stage: "recording" });
  });

  test("a branch sees what passes at its place in the sentence", async () => {
    const early: string[] = [];
    const late: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" });
    stream.branch("early").to((packet) => void early.push(textOf(packet)));
    stream
      .via(new Tag("x"))
      .branch("late")
      .to((packet) => void late.push(textOf(packet)));
    await stream.start();
    stream.write(raw("a"));
    expect([early, late]).toEqual([["a"], ["ax"]]);
  });

  test("what a deferred stage in front of a branch still holds reaches the branch when the stream stops", async () => {
    const recorded: string[] = [];
    const stream = new PacketStream<RawPacket>({ name: "s" }).via(new Deferred("encoder"));
    stream.branch("record").to((packet) => void recorded.push(textOf(packet)));
    stream.to(() => {});
    await stream.start();
    stream.write(raw("a"));
    await stream.stop();
    expect(recorded).toEqual(["a"]);
  });

  test("branches are reported with their stream", async () => {
    const { source, stream } = fork();
    await stream.start();
    source.emit(raw("abc"));
    await turns();
    const report = stream.report();
    expect(report.branches.map(({ name, state }) => [name, state])).toEqual([["detect", "active"]]);
    expect(report.edges).toEqual([
      { from: "source", to: "detect", packets: 1, bytes: 3 },
      { from: "source", to: "!", packets: 1, bytes: 3 },
      { from: "!", to: "sink", packets: 1, bytes: 4 },
    ]);
    expect(report.branches[0].edges[0]).toEqual({ from: "delivery", to: "queue", packets: 1, bytes: 3 });
  });

  test("a branch is part of the topology: none may be added while the stream runs", async () => {
    const { stream, detect } = fork();
    await stream.start();
    expect(() => stream.branch("more")).toThrow(expect.objectContaining({ code: "stream/active" }));
    await stream.stop();
    expect(stream.detach(detect)).toBe(true);
    expect(stream.report().branches).toEqual([]);
  });
});
