// What receiving a packet costs, and what millions of them leave on the heap; prints the rows as JSON. Needs --expose-gc, except with
// the argument `costs`: without the heap.
import { heldHeapBytes } from "../lib/held-heap.mjs";
import { stopwatch } from "../lib/process-cpu.js";
import type { Row } from "../lib/row.js";
import { fitLine, median } from "../lib/statistics.js";
import { Capture } from "./capture.js";
import { ourSide, type ReceivingSide, weriftSide } from "./receiving-sides.js";

const ROUNDS = 15;
const WARM_UP_ROUNDS = 5;
/** Minutes of media between two looks at the heap, and looks. */
const MINUTES_PER_LOOK = 20;
const LOOKS = 12;

/** Nanoseconds of CPU a packet, each side's rounds interleaved with the others'. */
async function costs(sides: readonly ReceivingSide[]): Promise<number[]> {
  const captures = sides.map(() => new Capture(1));
  const samples: number[][] = sides.map(() => []);
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const [i, side] of sides.entries()) {
      const capture = captures[i] as Capture;
      const bursts = capture.next();
      const elapsedNs = stopwatch();
      side.take(bursts, round * capture.durationUs);
      samples[i]?.push(elapsedNs() / capture.packets);
      // Timers of the other side get their turn outside of the measurement.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  sides.forEach((side, i) => {
    const expected = (WARM_UP_ROUNDS + ROUNDS) * (captures[i]?.packets ?? 0);
    if (side.handed() < 0.98 * expected) {
      throw new Error(`${side.name} handed on ${side.handed()} of ${expected} packets.`);
    }
    side.close();
  });
  return samples.map((values) => median(values.slice(WARM_UP_ROUNDS)));
}

/** Bytes that the heap grows with a million packets, by least squares over the looks. */
async function heapSlope(): Promise<{ slope: number; standardError: number; packets: number; lost: number }> {
  const side = await ourSide("bursts");
  const capture = new Capture(2);
  const packets: number[] = [];
  const heap: number[] = [];
  let minutes = 0;
  for (let look = 0; look <= LOOKS; look++) {
    for (let i = 0; i < MINUTES_PER_LOOK; i++, minutes++) {
      side.take(capture.next(), minutes * capture.durationUs);
    }
    // The first look is of a program that is still being compiled.
    if (look > 0) {
      packets.push((minutes * capture.packets) / 1e6);
      heap.push(await heldHeapBytes());
    }
  }
  const { slope, standardError } = fitLine(packets, heap);
  return { slope, standardError, packets: minutes * capture.packets, lost: side.receiver.counters.lost };
}

const ours = await ourSide("bursts");
const single = await ourSide("datagrams");
const werift = weriftSide();
const [oursNs, singleNs, weriftNs] = (await costs([ours, single, werift])) as [number, number, number];
const peerName = werift.name;
const rows: Row[] = [
  {
    id: "packets a microsecond of CPU, bursts as they came",
    unit: "packets/µs",
    ours: 1000 / oursNs,
    peer: 1000 / weriftNs,
    peerName,
    goal: { of: "ratio", atLeast: 10 },
  },
  {
    id: "the same, a datagram a call",
    unit: "packets/µs",
    ours: 1000 / singleNs,
    peer: 1000 / weriftNs,
    peerName,
    goal: { of: "ratio", atLeast: 10 },
  },
  { id: "CPU a packet", unit: "ns", ours: oursNs, peer: weriftNs, peerName },
];
if (process.argv[2] !== "costs") {
  const { slope, standardError, packets, lost } = await heapSlope();
  rows.push(
    { id: "packets fed for the heap", unit: "packets", ours: packets },
    { id: "of these given up", unit: "packets", ours: lost, goal: { of: "ours", atMost: 0 } },
    {
      id: "heap, growth with a million packets",
      unit: "KiB",
      ours: slope / 1024,
      goal: { of: "ours", atMost: 64 },
    },
    { id: "its standard error", unit: "KiB", ours: standardError / 1024 },
  );
}
console.log(JSON.stringify(rows));
process.exit(0);
