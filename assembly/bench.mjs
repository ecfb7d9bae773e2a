// Each kernel against its twin and the floor below it: `npm run build && node assembly/bench.mjs [--json]`.
// One process, interleaved rounds, the smaller of CPU and wall time a sample, the median of 7 samples.
import { execFileSync } from "node:child_process";
import os from "node:os";
import { Arena } from "../dist/core/kernel/arena.js";
import { loadKernels } from "../dist/core/kernel/load-kernels.js";
import { RtpStamper } from "../dist/core/kernel/rtp-stamp.js";
import { SlotRing } from "../dist/core/kernel/slot-ring.js";
import { AnnexbScanner } from "../dist/core/payload/h264/annexb-scanner.js";
import { H264Packetizer } from "../dist/core/payload/h264/h264-packetizer.js";

const ROUNDS = 7;
const SAMPLE_NS = 60e6;
const MIB = 1 << 20;

let seed = 1;
function byte() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed >>> 24;
}

/** Slices of `nalBytes` of noise with emulation prevention: what an encoder's output looks like to a scanner. */
function annexB(lengthBytes, nalBytes) {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0, zeros = 0; at < lengthBytes; at++) {
    const place = at % (nalBytes + 5);
    const value = place < 5 ? [0, 0, 0, 1, 0x41][place] : zeros >= 2 ? byte() | 4 : byte();
    zeros = value === 0 && place >= 5 ? zeros + 1 : 0;
    bytes[at] = place === nalBytes + 4 ? 0x80 : value;
  }
  return bytes;
}

async function side(forceTwins) {
  const arena = Arena.create({ sizeBytes: 8 * MIB });
  const kernels = await loadKernels(arena, { forceTwins });
  const ring = new SlotRing(arena, { name: "video", slotCount: 1024 });
  const extension = arena.reserve("extension", 8);
  arena.bytesOf(extension).set([0xbe, 0xde, 0, 1, 0x12, 0, 0, 0]);
  return {
    arena,
    ring,
    extension,
    packetizer: new H264Packetizer({ kernels, arena, ring }),
    scanner: new AnnexbScanner({ kernels, arena, maxNalUnits: 4096 }),
    stamper: new RtpStamper({ kernels, arena }),
  };
}

function scanCase(id, input) {
  const run = ({ packetizer, scanner }) => {
    packetizer.inputBytes.set(input);
    return () => scanner.scan(packetizer.input, input.length);
  };
  const floor = ({ packetizer }) => {
    const buffer = Buffer.from(packetizer.inputBytes.buffer, packetizer.input.address, input.length);
    const code = Buffer.of(0, 0, 1);
    return () => {
      let at = buffer.indexOf(code);
      while (at >= 0) {
        at = buffer.indexOf(code, at + 3);
      }
    };
  };
  return { id, unit: "GB/s", perCall: input.length, run, peerName: "Buffer.indexOf", peer: floor };
}

function packetizeCase(id, input) {
  const packets = Math.ceil((input.length - 5) / 1198);
  const run = ({ packetizer }) => {
    packetizer.inputBytes.set(input);
    let index = 0;
    return () => {
      index += packetizer.packetize(input.length, index).packetCount;
    };
  };
  const floor = ({ arena, ring, packetizer }) => {
    const from = packetizer.input.address;
    return () => arena.memory.bytes.copyWithin(ring.slotsAddress, from, from + input.length);
  };
  return { id, unit: "ns/packet", perCall: packets, run, peerName: "copy of the bytes", peer: floor };
}

function stampCase(count) {
  const run = ({ stamper, ring, extension }) => {
    let sequence = 0;
    return () => {
      sequence = (sequence + count) & 0xffff;
      stamper.stampBatch(ring, 0, count, 0x12345678, sequence, 90_000, 108, extension.address, 8);
    };
  };
  return { id: `rtp-stamp, ${count} a call`, unit: "ns/packet", perCall: count, run };
}

const zeroHeavy = new Uint8Array(MIB).map((_, i) => (i % 3 === 2 ? 3 : 0));
const cases = [
  scanCase("annexb-scan, units of 8 kB", annexB(MIB, 8000)),
  scanCase("annexb-scan, units of 1 kB", annexB(MIB, 1000)),
  scanCase("annexb-scan, 00 00 03 only", zeroHeavy),
  scanCase("annexb-scan, zeros only", new Uint8Array(MIB)),
  packetizeCase("h264-packetize, 60 kB frame", annexB(60_000, 60_000)),
  packetizeCase("h264-packetize, 8 kB frame", annexB(8000, 8000)),
  ...[1, 4, 8, 50].map(stampCase),
];

function sample(run, calls) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) {
    run();
  }
  const wallNs = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  return Math.min((user + system) * 1000, wallNs);
}

function measure(runs) {
  const calls = runs.map((run) => {
    let count = 1;
    while (sample(run, count) < SAMPLE_NS / 4) {
      count *= 2;
    }
    return count * 4;
  });
  const samples = runs.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, i) => samples[i].push(sample(run, calls[i]) / calls[i]));
  }
  return samples.map((values) => values.sort((a, b) => a - b)[ROUNDS >> 1]);
}

const wasm = await side(false);
const twin = await side(true);
const machine = {
  cpu: os.cpus()[0].model,
  cores: os.cpus().length,
  node: process.version,
  commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
};
const rows = cases.map(({ id, unit, perCall, run, peerName, peer }) => {
  const runs = [run(wasm), run(twin), ...(peer === undefined ? [] : [peer(wasm)])];
  const [ours, twins, floor] = measure(runs).map((ns) => (unit === "GB/s" ? perCall / ns : ns / perCall));
  const ratio = unit === "GB/s" ? ours / twins : twins / ours;
  return { id, unit, ours, twin: twins, ratio, ...(floor === undefined ? {} : { peer: floor, peerName }) };
});
if (process.argv.includes("--json")) {
  process.stdout.write(`${JSON.stringify({ machine, rows })}\n`);
} else {
  const n = (value) => value.toFixed(1);
  process.stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.commit}\n\n`);
  process.stdout.write("| case | unit | kernel | twin | kernel vs twin | for comparison |\n|---|---|---|---|---|---|\n");
  for (const { id, unit, ours, twin: twins, ratio, peer, peerName } of rows) {
    const other = peer === undefined ? "" : `${peerName} ${n(peer)}`;
    process.stdout.write(`| ${id} | ${unit} | ${n(ours)} | ${n(twins)} | ${n(ratio)}x | ${other} |\n`);
  }
}
