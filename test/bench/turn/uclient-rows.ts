// coturn's own client with its own peer, ours and coturn: a hundred clients, two hundred packets of 1000 bytes each, both ways.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { runUclient } from "../../interop/uclient.js";
import { requireCoturn } from "../../setup/coturn.js";
import type { Row } from "../lib/row.js";
import { BENCH_USER, freePort, type RelayServer } from "./relay-servers.js";

const CLIENTS = 100;
const PACKETS = 200;

/** One row: packets lost of all that were to come back. */
export async function uclientRow(id: string, server: RelayServer): Promise<Row> {
  const peerPort = await freePort();
  const peer = spawn(requireCoturn("turnutils_peer"), ["-L", "127.0.0.1", "-p", String(peerPort)], { stdio: "ignore" });
  try {
    const {
      sent = 0,
      received = 0,
      output,
    } = await runUclient([
      ...["-u", BENCH_USER.user, "-w", BENCH_USER.password, "-p", server.port, "-e", "127.0.0.1", "-r", peerPort],
      ...["-n", PACKETS, "-m", CLIENTS, "-l", 1000, "-z", 20, "-c", "127.0.0.1"],
    ]);
    if (sent !== CLIENTS * PACKETS) {
      throw new Error(`turnutils_uclient sent ${sent} packets: ${output.slice(-2000)}`);
    }
    return { id, unit: "packets", ours: sent - received, goal: { of: "ours", atMost: 0 } };
  } finally {
    const exited = once(peer, "exit");
    peer.kill("SIGKILL");
    await exited;
    await server.stop();
  }
}
