// One way to a worker and back, in a process of its own. Usage: node hop-runner.mjs ring|messages|clone|transfer. Prints {"ready":true},
// then for each line {"bursts":N,"size":M} on stdin one with the CPU time (all threads) and the wall time of a packet, ns.
// Packets of 1200 bytes are cut from larger memory, as a media path holds them; the next burst leaves when the last is home.
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { PacketStream, RawPacket } from "../../../dist/core/index.js";
import { hopPort } from "../../../dist/node/index.js";
import { contract } from "./hop-contract.mjs";

const PACKET_BYTES = 1200;
const source = new Uint8Array(PACKET_BYTES * 64).map((_, index) => index);
const worker = new Worker(new URL("hop-echo.mjs", import.meta.url));
const [way] = process.argv.slice(2);

let left = 0;
let done = () => {};
let wrong = 0;

function payload(index) {
  const at = (index & 63) * PACKET_BYTES;
  return source.subarray(at, at + PACKET_BYTES);
}

/** A packet is home. */
function home(index, data) {
  const at = (index & 63) * PACKET_BYTES;
  if (data[0] !== source[at] || data[PACKET_BYTES - 1] !== source[at + PACKET_BYTES - 1]) {
    wrong++;
  }
  if (--left === 0) {
    done();
  }
}

/** Answers what sends one packet, and what tells how it travelled. */
async function open() {
  if (way === "clone" || way === "transfer") {
    worker.on("message", ({ bare, timeUs, data }) => {
      // The hop's half says that it is there.
      if (bare === way) {
        home(timeUs, data);
      }
    });
    return {
      // A view of larger memory would take all of it along.
      send: (index) => {
        const data = payload(index).slice();
        const packet = { bare: way, flags: 0, timeUs: index, data };
        worker.postMessage(packet, way === "clone" ? [] : [data.buffer]);
      },
      check: () => ({ wire: way, drops: 0 }),
    };
  }
  const port = hopPort(worker);
  const stream = new PacketStream({ name: "bench", clock: port.clock })
    .hop(port, contract, { wire: way === "ring" ? "auto" : "messages" })
    .to(({ timeUs, data }) => home(timeUs, data));
  await stream.start();
  return {
    send: (index) => stream.write(RawPacket.borrow(payload(index), { timeUs: index })),
    check: () => {
      const { hop, drops } = stream.report().nodes.find(({ type }) => type === "hop");
      return { wire: hop.wire, drops: Object.values(drops).reduce((sum, count) => sum + count, 0) };
    },
  };
}

const { send, check } = await open();

async function run(bursts, size) {
  for (let burst = 0; burst < bursts; burst++) {
    await new Promise((resolve) => {
      done = resolve;
      left = size;
      for (let index = 0; index < size; index++) {
        send(index);
      }
    });
  }
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { bursts, size } = JSON.parse(line);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run(bursts, size);
  const { user, system } = process.cpuUsage(cpu);
  const packets = bursts * size;
  const cpuNs = ((user + system) * 1000) / packets;
  console.log(JSON.stringify({ cpuNs, wallNs: ((performance.now() - start) * 1e6) / packets, wrong, ...check() }));
}
await worker.terminate();
