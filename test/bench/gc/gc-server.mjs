// The server of the gc bench: runs with --expose-gc, notes every pause that the collector takes by itself, and on SIGUSR2
// prints those since the last time, then collects and prints what is held.
// Usage: node --expose-gc gc-server.mjs CLIP. Prints {"http": …} when it listens; ends on SIGTERM.
import { constants, PerformanceObserver } from "node:perf_hooks";
import { FloeServer } from "../../../dist/node/index.js";
import { heldHeapBytes } from "../lib/held-heap.mjs";

const [clip] = process.argv.slice(2);
const server = await FloeServer.start({
  http: { port: 0 },
  media: { source: clip, passthrough: "always" },
  log: { level: "error" },
});
const pauses = [];
function note(entries) {
  for (const { startTime, duration, detail } of entries) {
    if ((detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0) {
      pauses.push({ startMs: startTime, pauseMs: duration, kind: detail.kind });
    }
  }
}
const observer = new PerformanceObserver((list) => note(list.getEntries()));
observer.observe({ type: "gc" });
console.log(JSON.stringify({ http: server.url }));

process.on("SIGUSR2", async () => {
  note(observer.takeRecords());
  const taken = pauses.splice(0);
  const heapBytes = await heldHeapBytes();
  const { sessions, stream } = server.status();
  const packets = sessions.viewers.flatMap(({ tracks }) => tracks).reduce((sum, track) => sum + track.packets, 0);
  const frames = stream.tracks.find(({ kind }) => kind === "video")?.frames ?? 0;
  console.log(JSON.stringify({ pauses: taken, heapBytes, packets, frames }));
});
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
