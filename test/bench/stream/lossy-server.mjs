// The stream server with a share of its RTP packets lost on the way, by a seed.
// Usage: node lossy-server.mjs WEB_ROOT SHARE SEED. Prints {"http": …}; on SIGTERM prints what was lost and ends.
import { FloeServer } from "../../../dist/node/index.js";

const [webRoot, share, seed] = process.argv.slice(2);
let state = Number(seed) >>> 0;
let lost = 0;
const server = await FloeServer.start(
  { http: { port: 0 }, webRoot },
  {
    isLost: () => {
      // A linear congruential generator (Numerical Recipes): enough to decide about packets.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const isLost = state / 2 ** 32 < Number(share);
      lost += isLost ? 1 : 0;
      return isLost;
    },
  },
);
console.log(JSON.stringify({ http: server.url }));
process.on("SIGUSR2", () => console.log(JSON.stringify({ lost })));
process.on("SIGTERM", async () => {
  await server.close();
  process.exit(0);
});
