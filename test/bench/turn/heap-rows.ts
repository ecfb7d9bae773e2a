// What stays on the heap of a relay: looked at after collections while packets pass, by least squares over the packets.
import type { Row } from "../lib/row.js";
import { fitLine } from "../lib/statistics.js";
import { LOAD_CORE, SERVER_CORE } from "./relay-cost.js";
import { BENCH_USER, startOurs } from "./relay-servers.js";
import { SpinningLoad } from "./spinning-load.js";

const LOOKS = 8;
/** Until all code is compiled that will be. */
const WARM_UP_PACKETS = 1_000_000;
const BETWEEN_LOOKS_PACKETS = 150_000;
const PAIRS = 8;
const DEPTH = 8;
const SIZE_BYTES = 200;

/** One row for one way of datagrams. */
export async function heapRows(sockets: "koffi" | "dgram", program: string): Promise<Row[]> {
  const server = await startOurs(sockets, { core: SERVER_CORE });
  const load = await SpinningLoad.start(program, { port: server.port, pairs: PAIRS, core: LOAD_CORE });
  try {
    await load.allocate(BENCH_USER);
    load.run(SIZE_BYTES, DEPTH);
    await load.relay(WARM_UP_PACKETS);
    const millions: number[] = [];
    const kibibytes: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      // Nothing is on its way at a look: buffers that wait to be freed would be a noise larger than what stays.
      millions.push((await load.pause()).relayed / 1e6);
      kibibytes.push(Number((await server.ask()).heldBytes) / 1024);
      load.run(SIZE_BYTES, DEPTH);
      await load.relay(BETWEEN_LOOKS_PACKETS);
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
