// What stays on the heap of a relay: looked at after collections while packets pass, by least squares over the packets.
import type { Row } from "../lib/row.js";
import { fitLine } from "../lib/statistics.js";
import { LOAD_CORE, SERVER_CORE } from "./relay-cost.js";
import { BENCH_USER, startOurs } from "./relay-servers.js";
import { SpinningLoad } from "./spinning-load.js";

const LOOKS = 10;
const BETWEEN_LOOKS_MS = 400;
const WARM_UP_MS = 3000;
const PAIRS = 8;
const DEPTH = 8;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One row for one way of datagrams. */
export async function heapRows(sockets: "koffi" | "dgram", program: string): Promise<Row[]> {
  const server = await startOurs(sockets, { core: SERVER_CORE });
  const load = await SpinningLoad.start(program, { port: server.port, pairs: PAIRS, core: LOAD_CORE });
  try {
    await load.allocate(BENCH_USER);
    load.run(200, DEPTH);
    await pause(WARM_UP_MS);
    const millions: number[] = [];
    const kibibytes: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      kibibytes.push(Number((await server.ask()).heldBytes) / 1024);
      millions.push((await load.count()).relayed / 1e6);
      await pause(BETWEEN_LOOKS_MS);
    }
    const { slope, standardError } = fitLine(millions, kibibytes);
    const passed = (millions.at(-1) ?? 0) - millions[0];
    console.log(
      `  ${sockets}: heap ${slope.toFixed(1)} (± ${standardError.toFixed(1)}) KiB over ${passed.toFixed(2)} million packets`,
    );
    return [
      {
        id: `retained heap, ${sockets}`,
        unit: "KiB a million packets",
        ours: slope,
        goal: { of: "ours", atMost: 64 },
      },
    ];
  } finally {
    await load.stop();
    await server.stop();
  }
}
