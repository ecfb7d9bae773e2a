// More than ten thousand allocations: what each takes beside a bare socket, and how long the loop stands still when all expire at once.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "../lib/row.js";
import { fitLine } from "../lib/statistics.js";
import { allocateMany } from "./many-clients.js";
import { BENCH_USER, type OwnServer, startOurs } from "./relay-servers.js";

const STEP = 1000;
const LOOKS = 10;
/** The first step warms up: code is compiled, tables and the heap have their size. */
const COUNT = STEP * (LOOKS + 1);

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Two rows for one way of datagrams. */
export async function allocationRows(sockets: "koffi" | "dgram"): Promise<Row[]> {
  const bare = bareSocketBytes(sockets);
  const limits = { allocations: COUNT, allocationsPerUser: COUNT, allocationsPerAddress: COUNT };
  const server = await startOurs(sockets, { options: { limits } });
  try {
    const looks: number[] = [];
    for (let look = 0; look <= LOOKS; look++) {
      await allocateMany(STEP, { port: server.port, user: BENCH_USER, first: look * STEP });
      looks.push(Number((await server.ask()).rssBytes));
    }
    const bytes = bytesEach(looks);
    // Twice, and the lesser counts: the first time code is new, and what else the machine does is in either.
    const pausesMs = [await expireAll(server)];
    await allocateMany(COUNT, { port: server.port, user: BENCH_USER, first: 0 });
    pausesMs.push(await expireAll(server));
    const shown = pausesMs.map((ms) => ms.toFixed(1)).join(" and ");
    console.log(
      `  ${sockets}: an allocation ${bytes.toFixed(0)} bytes, a bare socket ${bare.toFixed(0)}; pauses ${shown} ms`,
    );
    return [
      {
        id: `an allocation with a channel above a bare socket, ${sockets}`,
        unit: "bytes",
        ours: bytes - bare,
        goal: { of: "ours", atMost: 4096 },
      },
      {
        id: `longest pause while ${COUNT} allocations expire at once, ${sockets}`,
        unit: "ms",
        ours: Math.min(...pausesMs),
        goal: { of: "ours", atMost: 5 },
      },
    ];
  } finally {
    await server.stop();
  }
}

/** The longest turn of the loop while all expire at once, milliseconds. */
async function expireAll(server: OwnServer): Promise<number> {
  const { expired, longestMs } = await server.ask("SIGHUP");
  if (expired !== COUNT) {
    throw new Error(`${String(expired)} allocations expired`);
  }
  return Number(longestMs);
}

/** How much the process grows with each, by least squares over all looks but the first. */
function bytesEach(looks: readonly number[]): number {
  const counts = looks.map((_, look) => look * STEP);
  return fitLine(counts.slice(1), looks.slice(1)).slope;
}

function bareSocketBytes(sockets: "koffi" | "dgram"): number {
  const args = ["--expose-gc", here("./bare-sockets.mjs"), sockets, String(STEP)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`bare sockets: ${stderr}`);
  }
  return bytesEach((JSON.parse(stdout) as { looks: number[] }).looks);
}
