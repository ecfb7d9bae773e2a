// What is no kernel, beside what it would be as one; prints the rows as JSON. Each pair comes to the same result first.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { seededBytes } from "../../../examples/playground/src/bench/inputs.js";
import { measure, repeated, timed } from "../../../examples/playground/src/bench/measure.js";
import { stopwatch } from "../lib/process-cpu.js";
import type { Row } from "../lib/row.js";
import { compileBulk } from "./compile-bulk.js";

const MIB = 1 << 20;
const SAMPLES = 1920;
const [INPUT, OUTPUT, TABLES, STATE, SCHEDULE] = [65_536, 65_536 + 2 * MIB, 65_536 + 2 * MIB + 65_536, 1024, 2048];
const ULAW_TABLE = TABLES + 8192;

const bulk = await compileBulk();
const view = new DataView(bulk.bytes.buffer);
const input = seededBytes(MIB, 1);
bulk.bytes.set(input, INPUT);

async function compare(
  id: string,
  perCall: number,
  ours: () => void,
  peerName: string,
  peer: () => void,
): Promise<Row> {
  const samples = [ours, peer].map((run) => timed(repeated(run), stopwatch));
  const [oursNs, peerNs] = await measure(samples, { sampleNs: 100e6, rounds: 7 });
  return { id, unit: "GB/s", ours: perCall / oursNs, peer: perCall / peerNs, peerName };
}

function expectEqual(what: string, ours: string, peer: string): void {
  if (ours !== peer) {
    throw new Error(`${what}: ${ours} here, ${peer} there.`);
  }
}

function bulkSha1(): void {
  for (const [i, word] of [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0].entries()) {
    view.setUint32(STATE + 4 * i, word, true);
  }
  bulk.sha1(INPUT, MIB + 64, STATE, SCHEDULE);
}

/** RFC 3174 4: a bit, zeros, and the length in bits. */
function padSha1(): void {
  bulk.bytes.fill(0, INPUT + MIB, INPUT + MIB + 64);
  view.setUint8(INPUT + MIB, 0x80);
  view.setUint32(INPUT + MIB + 60, 8 * MIB);
}

function fillCrcTables(): void {
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    view.setUint32(TABLES + 4 * i, crc, true);
  }
  for (let at = TABLES + 1024; at < TABLES + 8192; at += 4) {
    const before = view.getUint32(at - 1024, true);
    view.setUint32(at, (before >>> 8) ^ view.getUint32(TABLES + 4 * (before & 0xff), true), true);
  }
}

async function sha1Row(): Promise<Row> {
  padSha1();
  bulkSha1();
  const words = Array.from({ length: 5 }, (_, i) =>
    view
      .getUint32(STATE + 4 * i, true)
      .toString(16)
      .padStart(8, "0"),
  );
  const ours = () => createHash("sha1").update(input).digest("hex");
  expectEqual("SHA-1", ours(), words.join(""));
  return compare("SHA-1, 1 MiB: node:crypto", MIB, () => void ours(), "WASM", bulkSha1);
}

async function crcRow(): Promise<Row> {
  fillCrcTables();
  const peer = () => bulk.crc(INPUT, MIB, TABLES);
  expectEqual("CRC-32", String(crc32(input)), String(peer() >>> 0));
  return compare(
    "CRC-32, 1 MiB: node:zlib",
    MIB,
    () => void crc32(input),
    "WASM",
    () => void peer(),
  );
}

function encodeUlaw(samples: Uint16Array, output: Uint8Array, table: Uint8Array): void {
  const { length } = samples;
  for (let i = 0; i < length; i++) {
    // The mask tells the compiler that no index is outside of the table.
    output[i] = table[samples[i] & 0xffff];
  }
}

async function ulawRows(): Promise<Row[]> {
  const table = new Uint8Array(65_536);
  for (let sample = 0; sample < 65_536; sample++) {
    view.setUint16(INPUT + 2 * sample, sample, true);
  }
  bulk.ulaw(INPUT, ULAW_TABLE, 65_536);
  table.set(bulk.bytes.subarray(ULAW_TABLE, ULAW_TABLE + 65_536));
  bulk.bytes.set(input, INPUT);
  const samples = new Uint16Array(bulk.bytes.buffer, INPUT, SAMPLES);
  const output = bulk.bytes.subarray(OUTPUT, OUTPUT + SAMPLES);
  const ours = () => encodeUlaw(samples, output, table);
  const peers: [string, () => void][] = [
    ["WASM by arithmetic", () => bulk.ulaw(INPUT, OUTPUT, SAMPLES)],
    ["WASM with the same table", () => bulk.ulawByTable(INPUT, OUTPUT, SAMPLES, ULAW_TABLE)],
  ];
  const rows: Row[] = [];
  for (const [name, peer] of peers) {
    peer();
    const theirs = output.join();
    ours();
    expectEqual(name, output.join(), theirs);
    rows.push(
      await compare("u-law, 20 ms of stereo: JavaScript with a table of 64 KiB", 2 * SAMPLES, ours, name, peer),
    );
  }
  return rows;
}

process.stdout.write(JSON.stringify([await sha1Row(), await crcRow(), ...(await ulawRows())]));
