// The server of the gc bench: notes every pause that the collector takes by itself, and on SIGUSR2 prints those since the
// last time.
// Usage: node gc-server.mjs CLIP. Prints {"http": …} when it listens; ends on SIGTERM.
import { PerformanceObserver } from "node:perf_hooks";
import { FloeServer } from "../../../dist/node/index.js";

const [clip] = process.argv.slice(2);
const server = await FloeServer.start({
  http: { port: 0 },
  media: { source: clip, passthrough: "always" },
  log: { level: "error" },
});
const pauses = [];
function note(entries) {
  for (const { startTime, duration, detail } of entries) {
    pauses.push({ startMs: startTime, pauseMs: duration, kind: detail.kind });
  }
}
const observer = new PerformanceObserver((list) => note(list.getEntries()));
observer.observe({ type: "gc" });
console.log(JSON.stringify({ http: server.url }));

process.on("SIGUSR2", () => {
  note(observer.takeRecords());
  const taken = pauses.splice(0);
  const { sessions, stream } = server.status();
  const packets = sessions.viewers.flatMap(({ tracks }) => tracks).reduce((sum, track) => sum + track.packets, 0);
  const frames = stream.tracks.find(({ kind }) => kind === "video")?.frames ?? 0;
  console.log(JSON.stringify({ pauses: taken, packets, frames }));
});
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
