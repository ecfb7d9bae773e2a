// The servers that `bench -- turn` compares, each pinned to one core with one thread's work: ours by either way of datagrams, coturn,
// and a C forwarder that checks nothing.
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { requireCoturn } from "../../setup/coturn.js";
import { type Child, startNode } from "../lib/child.js";
import type { BenchUser } from "./signed-requests.js";
import type { SpinningLoad } from "./spinning-load.js";

/** A server that runs. */
export type RelayServer = {
  readonly pid: number;
  readonly port: number;
  /** Makes the clients of a load known to it. */
  prepare(load: SpinningLoad): Promise<void>;
  stop(): Promise<void>;
};

/** Ours, which can be asked. */
export type OwnServer = RelayServer & Pick<Child, "ask">;

export const BENCH_USER: BenchUser = { user: "bench", password: "bench", realm: "floe" };

/** On, but not in the way of a load that is more than a user's. */
const WIDE_LIMITS = { bitrateBps: 1_000_000_000, allocationsPerUser: 300, allocationsPerAddress: 300 };

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A UDP and TCP port that is free now. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind({ address: "127.0.0.1", port: 0 });
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** `floe turn` as it is shipped, with users, quotas and a rate that are on and wide. */
export async function startFloeTurn(
  sockets: "koffi" | "dgram",
  { core }: { core?: number } = {},
): Promise<RelayServer> {
  const env = {
    FLOE_TURN_USERS: `${BENCH_USER.user}:${BENCH_USER.password}`,
    FLOE_TURN_REALM: BENCH_USER.realm,
    FLOE_TURN_ALLOW_PEERS: "127.0.0.0/8",
    FLOE_TURN_SOCKETS: sockets,
    FLOE_TURN_BITRATE: String(WIDE_LIMITS.bitrateBps),
    FLOE_TURN_ALLOCATIONS_PER_USER: String(WIDE_LIMITS.allocationsPerUser),
    FLOE_TURN_ALLOCATIONS_PER_ADDRESS: String(WIDE_LIMITS.allocationsPerAddress),
  };
  const flags = ["--json", "--host", "127.0.0.1", "--port", "0", "--log-level", "error"];
  const command = [here("../../../dist/node/cli/floe.cjs"), "turn", ...flags];
  const child = await startNode(command, core === undefined ? { env } : { core, env });
  const { port, datagrams } = child.ready;
  if (datagrams !== sockets) {
    throw new Error(`floe turn sends by ${datagrams}`);
  }
  return { pid: child.pid, port: Number(port), prepare: (load) => load.allocate(BENCH_USER), stop: () => child.stop() };
}

/** Our server in a process that can be asked; more options are those of `TurnServer.start`. */
export async function startOurs(
  sockets: "koffi" | "dgram",
  { core, options = {} }: { core?: number; options?: object } = {},
): Promise<OwnServer> {
  const all = { ...BENCH_USER, sockets, allowPeers: ["127.0.0.0/8"], limits: WIDE_LIMITS, ...options };
  const script = ["--expose-gc", here("./turn-process.mjs"), JSON.stringify(all)];
  const child = await startNode(script, core === undefined ? {} : { core });
  return {
    pid: child.pid,
    port: Number(child.ready.port),
    prepare: (load) => load.allocate(BENCH_USER),
    ask: (signal) => child.ask(signal),
    stop: () => child.stop(),
  };
}

/** Debian's coturn with long-term credentials and quotas, one relay thread. Throws what to type where there is none. */
export async function startCoturn({ core }: { core: number }): Promise<RelayServer> {
  const program = requireCoturn("turnserver");
  const port = await freePort();
  const { user, password, realm } = BENCH_USER;
  const child = spawn(
    "taskset",
    [
      ...["-c", String(core), program, "-n", "-m", "1", "--no-tls", "--no-dtls", "--no-cli"],
      ...["-L", "127.0.0.1", "-E", "127.0.0.1", "-p", String(port), "--allow-loopback-peers"],
      ...["--lt-cred-mech", `--user=${user}:${password}`, `--realm=${realm}`],
      ...[
        "--user-quota=300",
        "--total-quota=1000",
        "--log-file=/dev/null",
        "--pidfile=/dev/null",
        "--no-software-attribute",
      ],
    ],
    { stdio: "ignore" },
  );
  await answersBinding(port);
  return { pid: child.pid ?? 0, port, prepare: (load) => load.allocate(BENCH_USER), stop: () => stopped(child) };
}

/** The C forwarder. */
export async function startForwarder(program: string, { core }: { core: number }): Promise<RelayServer> {
  const port = await freePort();
  const child = spawn("taskset", ["-c", String(core), program, String(port)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    pid: child.pid ?? 0,
    port,
    prepare: async ({ clients, peers }) => {
      for (const [i, client] of clients.entries()) {
        child.stdin.write(`${client} ${peers[i]}\n`);
      }
      child.stdin.write("start\n");
      await lines.next();
    },
    stop: () => stopped(child),
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/** Asks until there is an answer: coturn does not say when it is ready. */
async function answersBinding(port: number): Promise<void> {
  const socket = createSocket("udp4");
  const binding = Buffer.from("000100002112a442000000000000000000000000", "hex");
  for (let tries = 0; tries < 100; tries++) {
    const answer = once(socket, "message", { signal: AbortSignal.timeout(100) });
    socket.send(binding, port, "127.0.0.1");
    if (
      await answer.then(
        () => true,
        () => false,
      )
    ) {
      socket.close();
      return;
    }
  }
  socket.close();
  throw new Error("coturn does not answer");
}
