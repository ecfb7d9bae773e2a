import { expect, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { raw, rawSource, Tag, textOf, turns } from "./kit.js";

test("a stream that is only listened to starts and stops on its own", async () => {
  const got: string[] = [];
  const first = new PacketStream<RawPacket>({ name: "first" });
  const second = new PacketStream({ name: "second" })
    .source(first.asSource(), { lifecycle: "external" })
    .to((packet) => void got.push(textOf(packet)));
  await second.start();
  expect(first.state).toBe("none");
  await first.start();
  first.write(raw("a"));
  await second.stop();
  first.write(raw("b"));
  await second.start();
  first.write(raw("c"));
  expect([got, first.state]).toEqual([["a", "c"], "active"]);
});

test("what leaves it is checked with the stream that it feeds", async () => {
  const tag = new Tag("tag");
  const first = new PacketStream({ name: "first" }).source(rawSource());
  const second = new PacketStream({ name: "second" }).source(first.asSource());
  second.attach({ ...tag, accepts: [], process: () => {} });
  await expect(second.start()).rejects.toMatchObject({ code: "stream/no-packets" });
  expect(first.asSource().emits).toEqual([RawPacket.kind]);
});

test("its packets are lent: a stage of the other stream may not keep them", async () => {
  const first = new PacketStream<RawPacket>({ name: "first" });
  const second = new PacketStream({ name: "second" })
    .source(first.asSource())
    .to({ name: "keeper", retention: "retained", write: (packet: RawPacket) => void packet });
  await expect(second.start()).rejects.toMatchObject({ code: "stream/lent-packets" });
  expect(first.state).toBe("none");
});

test("the other stream's credit reaches its queues", async () => {
  const got: string[] = [];
  const first = new PacketStream<RawPacket>({ name: "first" }).queue({ capacity: 4, whenFull: "block" });
  const second = new PacketStream({ name: "second" })
    .source(first.asSource())
    .queue({ capacity: 1, whenFull: "block" })
    .to((packet) => void got.push(textOf(packet)));
  await second.start();
  for (const text of ["a", "b", "c", "d"]) {
    first.write(raw(text));
  }
  expect(first.ready).toBe(false);
  await turns();
  expect(got).toEqual(["a", "b", "c", "d"]);
  expect(second.report().nodes.flatMap(({ drops }) => Object.keys(drops))).toEqual([]);
});

test("when it fails, the stream that it feeds fails too, and is told by which source", async () => {
  const bad = new Tag("bad");
  bad.process = () => {
    throw new Error("bad broke");
  };
  const first = new PacketStream<RawPacket>({ name: "first" }).via(bad);
  const second = new PacketStream({ name: "second" }).source(first.asSource()).to(() => {});
  await second.start();
  first.write(raw("a"));
  expect(await second.closed).toMatchObject({ message: "bad broke" });
  expect(second.report().error?.stage).toBe("first");
});
