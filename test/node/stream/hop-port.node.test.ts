import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { hopPort } from "../../../src/node/stream/hop-port.js";
import { until } from "../../core/stream/hop/kit.js";
import { narrow, serveHalves } from "../../core/stream/hop/thread-half.js";
import { describeHops, type TestThread } from "../../core/stream/hop/thread-suite.js";
import { raw, textOf } from "../../core/stream/kit.js";

// The worker runs the sources that this test runs, not a build of another day.
const [{ text: workerCode }] = buildSync({
  entryPoints: [fileURLToPath(new URL("hop-worker.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  write: false,
}).outputFiles;

function openThread(): TestThread {
  const worker = new Worker(workerCode, { eval: true, stderr: true });
  return { port: hopPort(worker), terminate: () => void worker.terminate() };
}

describeHops({ wire: "ring" }, openThread);
describeHops({ wire: "messages", option: "messages" }, openThread);

test("both ends of a MessageChannel are ports too; closing one is the end of the other", async () => {
  const { port1, port2 } = new MessageChannel();
  serveHalves(hopPort(port2));
  const got: string[] = [];
  const port = hopPort(port1);
  const stream = new PacketStream<RawPacket>({ name: "s", clock: port.clock })
    .hop(port, narrow)
    .to((packet) => void got.push(textOf(packet)));
  await stream.start();
  stream.write(raw("a"));
  await until(() => got.length === 1);
  port2.close();
  expect(await stream.closed).toMatchObject({ code: "hop/worker-ended" });
});

test("a worker that had exited before the stream started is an error of the stream", async () => {
  const worker = new Worker("", { eval: true });
  await once(worker, "exit");
  const stream = new PacketStream<RawPacket>({ name: "s" }).hop(hopPort(worker), narrow).to(() => {});
  await stream.start();
  expect(await stream.closed).toMatchObject({ code: "hop/worker-ended" });
});

test("the parentPort of a main thread is refused", () => {
  expect(() => hopPort(null)).toThrow("There is no thread on the other side");
});
