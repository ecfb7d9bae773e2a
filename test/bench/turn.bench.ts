// The TURN server as a relay: CPU per packet beside coturn and a C forwarder in the same run, memory and pauses of ten thousand
// allocations, what stays on the heap, coturn's own client.
import type { Row } from "./lib/row.js";
import { median } from "./lib/statistics.js";
import { allocationRows } from "./turn/allocation-rows.js";
import { compileProgram } from "./turn/compile-c.js";
import { heapRows } from "./turn/heap-rows.js";
import { LoadedRelay, SERVER_CORE } from "./turn/relay-cost.js";
import { type RelayServer, startCoturn, startFloeTurn, startForwarder } from "./turn/relay-servers.js";
import { uclientRow } from "./turn/uclient-rows.js";

const SIZES = [200, 1200];
/** Each starts everybody afresh. */
const ROUNDS = 2;
/** Of each in a round, in turn. */
const WINDOWS = 8;
const WINDOW_MS = 250;
const WAYS = ["koffi", "dgram"] as const;
/** Of coturn's speed: packets per second of CPU. */
const GOALS = { koffi: 0.95, dgram: 0.42 } as const;

type Contender = "koffi" | "dgram" | "coturn" | "forwarder";
/** Microseconds of CPU a packet in each window, and the share that was lost in each round. */
type Costs = { readonly [contender in Contender]: { readonly us: number[]; readonly lost: number[] } };

/** Runs the bench; takes three minutes. */
export async function bench(): Promise<Row[]> {
  const load = compileProgram("spinning-load");
  const forwarder = compileProgram("plain-forwarder");
  const rows: Row[] = [];
  for (const sizeBytes of SIZES) {
    rows.push(
      ...(load === undefined || forwarder === undefined
        ? unmeasured(sizeBytes)
        : await compared(sizeBytes, load, forwarder)),
    );
  }
  if (load === undefined) {
    console.log(
      "  There is no C compiler (cc), and the load is a C program: CPU per packet and the heap are not measured.",
    );
    console.log("  On Debian: sudo apt-get install gcc libc6-dev");
  }
  for (const way of WAYS) {
    rows.push(...(load === undefined ? [] : await heapRows(way, load)));
    rows.push(...(await allocationRows(way)));
    rows.push(await uclientRow(`lost of 100 clients x 200 packets x 1000 B, ${way}`, await startFloeTurn(way)));
  }
  return rows;
}

async function compared(sizeBytes: number, program: string, forwarder: string): Promise<Row[]> {
  const cost = (): Costs["koffi"] => ({ us: [], lost: [] });
  const costs: Costs = { koffi: cost(), dgram: cost(), coturn: cost(), forwarder: cost() };
  const core = SERVER_CORE;
  const contenders: readonly (readonly [Contender, () => Promise<RelayServer>])[] = [
    ["coturn", () => startCoturn({ core })],
    ["koffi", () => startFloeTurn("koffi", { core })],
    ["forwarder", () => startForwarder(forwarder, { core })],
    ["dgram", () => startFloeTurn("dgram", { core })],
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const relays: (readonly [Contender, LoadedRelay])[] = [];
    try {
      for (const [contender, start] of contenders) {
        relays.push([contender, await LoadedRelay.open(await start(), program, sizeBytes)]);
      }
      for (let window = 0; window < WINDOWS; window++) {
        for (const [contender, relay] of relays) {
          costs[contender].us.push(await relay.measure(WINDOW_MS));
        }
      }
      for (const [contender, relay] of relays) {
        costs[contender].lost.push(await relay.lost());
      }
    } finally {
      for (const [, relay] of relays) {
        await relay.close();
      }
    }
    const shown = Object.entries(costs).map(([name, { us }]) => `${name} ${median(us.slice(-WINDOWS)).toFixed(2)}`);
    console.log(`  ${sizeBytes} B, round ${round + 1} of ${ROUNDS}, us of CPU per packet: ${shown.join(", ")}`);
  }
  return comparisonRows(sizeBytes, costs);
}

function comparisonRows(sizeBytes: number, costs: Costs): Row[] {
  const usOf = (contender: Contender): number => median(costs[contender].us);
  const lost = WAYS.flatMap((way) => costs[way].lost);
  return [
    ...WAYS.map(
      (way): Row => ({
        id: `${sizeBytes} B, relayed per second of CPU, ${way}`,
        unit: "thousand packets",
        ours: 1000 / usOf(way),
        peer: 1000 / usOf("coturn"),
        peerName: "coturn",
        goal: { of: "ratio", atLeast: GOALS[way] },
      }),
    ),
    {
      id: `${sizeBytes} B, relayed per second of CPU, koffi beside plain C`,
      unit: "thousand packets",
      ours: 1000 / usOf("koffi"),
      peer: 1000 / usOf("forwarder"),
      peerName: "plain C forwarder",
    },
    ...WAYS.map(
      (way): Row => ({
        id: `${sizeBytes} B, CPU per relayed packet, ${way}`,
        unit: "us",
        ours: usOf(way),
        peer: usOf("coturn"),
        peerName: "coturn",
      }),
    ),
    {
      id: `${sizeBytes} B, lost in all rounds`,
      unit: "share",
      ours: Math.max(...lost),
      goal: { of: "ours", atMost: 0 },
    },
  ];
}

/** Without a compiler: the rows are there, and fail. */
function unmeasured(sizeBytes: number): Row[] {
  return WAYS.map((way) => ({
    id: `${sizeBytes} B, relayed per second of CPU, ${way} (not measured: no C compiler)`,
    unit: "thousand packets",
    ours: Number.NaN,
    peer: Number.NaN,
    peerName: "coturn",
    goal: { of: "ratio", atLeast: GOALS[way] },
  }));
}
