// The server of the soak bench: runs with --expose-gc, and on SIGUSR2 collects and prints what it holds.
// Usage: node --expose-gc soak-server.mjs CLIP WEB_ROOT. Prints {"http": …} when it listens; ends on SIGTERM.
import { readdirSync } from "node:fs";
import v8 from "node:v8";
import { FloeServer } from "../../../dist/node/index.js";
import { heldHeapBytes } from "../lib/held-heap.mjs";

const [clip, webRoot] = process.argv.slice(2);
const server = await FloeServer.start({ http: { port: 0 }, media: { source: clip }, webRoot });
console.log(JSON.stringify({ http: server.url }));

/** What V8 has compiled so far: bounded by the program, and long in coming for what runs once a minute. */
function codeBytes() {
  const spaces = v8.getHeapSpaceStatistics().filter(({ space_name: name }) => name.startsWith("code_"));
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0);
}

process.on("SIGUSR2", async () => {
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
  await server.close();
  process.exit(0);
});
