// The server of the soak bench: runs with --expose-gc, and on SIGUSR2 collects and prints what it holds.
// Usage: node --expose-gc soak-server.mjs CLIP WEB_ROOT. Prints {"http": …} when it listens; ends on SIGTERM.
import { readdirSync } from "node:fs";
import v8 from "node:v8";
import { FloeServer } from "../../../dist/node/index.js";
import { heldHeapBytes } from "../lib/held-heap.mjs";

const [clip, webRoot] = process.argv.slice(2);
const server = await FloeServer.start({ http: { port: 0 }, media: { source: clip }, webRoot });
console.log(JSON.stringify({ http: server.url }));

/** What V8 has compiled so far, with its tables: bounded by the program, and long in coming for what seldom runs. */
function codeBytes() {
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = v8.getHeapCodeStatistics();
  return code + bytecode;
}

/** For whoever looks for a growth: with FLOE_SOAK_SNAPSHOTS=FOLDER, the heap at the first question and at the end. */
function snapshot(name) {
  const folder = process.env.FLOE_SOAK_SNAPSHOTS;
  if (folder !== undefined) {
    v8.writeHeapSnapshot(`${folder}/${name}.heapsnapshot`);
  }
}

let questions = 0;
process.on("SIGUSR2", async () => {
  if (questions++ === 0) {
    snapshot("first");
  }
  const heap = await heldHeapBytes();
  const { sessions, stream } = server.status();
  const packets = sessions.viewers.flatMap(({ tracks }) => tracks).reduce((sum, track) => sum + track.packets, 0);
  const descriptors = readdirSync("/proc/self/fd").length;
  const { rebased } = stream.sourceCounters;
  const { rss } = process.memoryUsage();
  const look = { heapBytes: heap, codeBytes: codeBytes(), rssBytes: rss, packets, descriptors, rebased };
  console.log(JSON.stringify(look));
});
process.on("SIGTERM", async () => {
  snapshot("last");
  await server.close();
  process.exit(0);
});
