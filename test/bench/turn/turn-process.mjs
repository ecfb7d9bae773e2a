// The TURN server in a process of its own, from dist. The first argument is JSON: options of TurnServer.start, but user, password and
// realm instead of credentials. Answers by a line of JSON:
//   SIGUSR2   its memory after collections: what is held on and beside the heap, and the whole process
//   SIGHUP   sets the clock an hour forward, waits until no allocation is left and tells the longest turn of the loop meanwhile
import { Secret, StaticCredentials } from "../../../dist/core/index.js";
import { NodeEntropy, TurnServer } from "../../../dist/node/index.js";
import { heldHeapBytes } from "../lib/held-heap.mjs";
import { JumpingClock } from "./jumping-clock.mjs";

const { user, password, realm, ...options } = JSON.parse(process.argv[2]);
const credentials = new StaticCredentials(new Map([[user, new Secret(password)]]), {
  realm,
  entropy: new NodeEntropy(),
});
const clock = new JumpingClock();
const server = await TurnServer.start({ credentials, host: "127.0.0.1", port: 0, realm, clock, ...options });

const answer = (line) => console.log(JSON.stringify(line));

/** How long each turn of the loop takes: CPU or wall time, whichever is less, so that a busy neighbour counts in neither. */
function watchTurns(isOver, done) {
  let longestUs = 0;
  let turns = 0;
  let cpu = process.cpuUsage();
  let wall = process.hrtime.bigint();
  const turn = () => {
    const used = process.cpuUsage(cpu);
    const passed = Number(process.hrtime.bigint() - wall) / 1000;
    longestUs = Math.max(longestUs, Math.min(used.user + used.system, passed));
    turns++;
    if (isOver()) {
      done({ longestMs: longestUs / 1000, turns });
      return;
    }
    cpu = process.cpuUsage();
    wall = process.hrtime.bigint();
    setImmediate(turn);
  };
  setImmediate(turn);
}

process.on("SIGUSR2", () => {
  void heldHeapBytes().then((heldBytes) => answer({ heldBytes, rssBytes: process.memoryUsage.rss() }));
});
process.on("SIGHUP", () => {
  const { allocations } = server.report();
  watchTurns(
    () => server.report().allocations === 0,
    (turns) => answer({ expired: allocations, ...turns }),
  );
  clock.jump(3_600_000_000);
});
process.on("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
answer({ port: server.port, sockets: server.sockets });
