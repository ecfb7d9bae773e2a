// Ten thousand allocations: what each takes beside a bare socket, and how long the loop stands still when all expire at once.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Row } from "../lib/row.js";
import { allocateMany } from "./many-clients.js";
import { BENCH_USER, type OwnServer, startOurs } from "./relay-servers.js";

const COUNT = 10_000;
/** So many come first: code is compiled, tables and the heap have their size. */
const WARM_UP = 500;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Two rows for one way of datagrams. */
export async function allocationRows(sockets: "koffi" | "dgram"): Promise<Row[]> {
  const bare = bareSocketBytes(sockets);
  const limits = {
    allocations: 2 * COUNT,
    allocationsPerUser: 2 * COUNT,
    allocationsPerAddress: 2 * COUNT,
  };
  const server = await startOurs(sockets, { options: { limits }, nodeFlags: ["--expose-gc"] });
  const clients = { port: server.port, user: BENCH_USER };
  try {
    await allocateMany(WARM_UP, { ...clients, first: 0 });
    const before = await rss(server);
    await allocateMany(COUNT, { ...clients, first: WARM_UP });
    const bytes = ((await rss(server)) - before) / COUNT;
    const { expired, longestMs, turns } = await server.ask("SIGHUP");
    console.log(
      `  ${sockets}: an allocation ${bytes.toFixed(0)} bytes, a bare socket ${bare.toFixed(0)}; ${turns} turns to expire`,
    );
    if (expired !== COUNT + WARM_UP) {
      throw new Error(`${expired} allocations expired`);
    }
    return [
      {
        id: `an allocation with a channel above a bare socket, ${sockets}`,
        unit: "bytes",
        ours: bytes - bare,
        goal: { of: "ours", atMost: 4096 },
      },
      {
        id: `longest pause while ${expired} allocations expire at once, ${sockets}`,
        unit: "ms",
        ours: Number(longestMs),
        goal: { of: "ours", atMost: 5 },
      },
    ];
  } finally {
    await server.stop();
  }
}

async function rss(server: OwnServer): Promise<number> {
  return ((await server.ask()).memory as NodeJS.MemoryUsage).rss;
}

function bareSocketBytes(sockets: "koffi" | "dgram"): number {
  const args = ["--expose-gc", here("./bare-sockets.mjs"), sockets, String(COUNT)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`bare sockets: ${stderr}`);
  }
  const { before, after } = JSON.parse(stdout) as { before: NodeJS.MemoryUsage; after: NodeJS.MemoryUsage };
  return (after.rss - before.rss) / COUNT;
}
