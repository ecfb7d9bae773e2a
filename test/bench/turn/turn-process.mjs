// The TURN server in a process of its own, from dist. The first argument is JSON: options of TurnServer.start, but user, password and
// realm instead of credentials. Answers by a line of JSON:
//   SIGUSR2   its memory after collections: what is held on and beside the heap, and the whole process
//   SIGHUP   sets the clock an hour forward, waits until no allocation is left and tells the longest turn of the loop meanwhile
import { load } from "koffi";
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

const clockGettime = load(null).func("int clock_gettime(int clock, void *time)");
const CLOCK_THREAD_CPUTIME_ID = 3;
const time = new BigInt64Array(2);

/** Time that this thread has had a CPU, nanoseconds: a busy neighbour takes none of it. */
function mainThreadNs() {
  clockGettime(CLOCK_THREAD_CPUTIME_ID, time);
  return Number(time[0] * 1_000_000_000n + time[1]);
}

/** How long the longest turn of the loop takes. */
function watchTurns(isOver, done) {
  let longestNs = 0;
  let turns = 0;
  let sinceNs = mainThreadNs();
  const turn = () => {
    longestNs = Math.max(longestNs, mainThreadNs() - sinceNs);
    turns++;
    if (isOver()) {
      done({ longestMs: longestNs / 1e6, turns });
      return;
    }
    sinceNs = mainThreadNs();
    setImmediate(turn);
  };
  setImmediate(turn);
}

process.on("SIGUSR2", () => {
  void heldHeapBytes().then((heldBytes) => answer({ heldBytes, rssBytes: process.memoryUsage.rss() }));
});
process.on("SIGHUP", () => {
  const { allocations } = server.report();
  let left = allocations;
  server.events.on(({ kind }) => {
    left -= kind === "released" ? 1 : 0;
  });
  watchTurns(
    () => left === 0,
    (turns) => answer({ expired: allocations - server.report().allocations, ...turns }),
  );
  clock.jump(3_600_000_000);
});
process.on("SIGTERM", () => {
  void server.close().then(() => process.exit(0));
});
answer({ port: server.port, sockets: server.sockets });
