// The server of the soak bench: runs with --expose-gc, and on SIGUSR2 collects and prints what it holds.
// Usage: node --expose-gc soak-server.mjs CLIP WEB_ROOT. Prints {"http": …} when it listens; ends on SIGTERM.
import { readdirSync } from "node:fs";
import { FloeServer } from "../../../dist/node/index.js";

const [clip, webRoot] = process.argv.slice(2);
const server = await FloeServer.start({ http: { port: 0 }, media: { source: clip }, webRoot });
console.log(JSON.stringify({ http: server.url }));

process.on("SIGUSR2", () => {
  // Twice: finalizers of the first collection free what only the second can see.
  globalThis.gc();
  setImmediate(() => {
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    const viewers = server.status().sessions.viewers;
    const packets = viewers.flatMap(({ tracks }) => tracks).reduce((sum, track) => sum + track.packets, 0);
    const descriptors = readdirSync("/proc/self/fd").length;
    console.log(JSON.stringify({ heapBytes: heapUsed + external, rssBytes: rss, packets, descriptors }));
  });
});
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
