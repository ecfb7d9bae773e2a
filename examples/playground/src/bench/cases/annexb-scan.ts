// Kernel annexb-scan: where the NAL units of a stream begin (ITU-T H.264 Annex B).
import { AnnexbScanner, type Region } from "floe";
import { digestNumber, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, noisyAnnexB, x264Stream, zeroHeavy } from "../inputs.js";
import type { KernelCase, KernelSide } from "../kernel-case.js";

/** The inputs by the name that the case's id ends with; Node's peers work on the same. */
export const SCAN_INPUTS: Readonly<Record<string, () => Uint8Array>> = {
  "x264 stream": () => x264Stream(MIB),
  "random bytes": () => noisyAnnexB(MIB, 8000),
  "zero-heavy (00 00 03)": () => zeroHeavy(MIB),
  "zeros only": () => new Uint8Array(MIB),
};

const MEASURES: Readonly<Record<string, string>> = {
  "x264 stream":
    "Finds the start codes in 1 MiB of real encoder output, as every access unit is before it is packetized.",
  "random bytes": "The same on noise in units of 8 kB: fewer zeros than an encoder writes.",
  "zero-heavy (00 00 03)":
    "The same on bytes that a hostile sender would choose: a search that stops at each zero crawls here, ours must not.",
  "zeros only": "The same on nothing but zeros.",
};

function place({ arena }: KernelSide, bytes: Uint8Array): Region {
  const region = arena.reserve("bench input", bytes.length, 64);
  arena.bytesOf(region).set(bytes);
  return region;
}

function scanCase(name: string): KernelCase {
  const makeInput = SCAN_INPUTS[name];
  return {
    kernel: "annexb-scan",
    id: `start codes, ${name}`,
    measures: MEASURES[name],
    per: "byte",
    perCall: MIB,
    arenaBytes: 3 * MIB,
    prepare: (side) => {
      const input = place(side, makeInput());
      const scanner = new AnnexbScanner({ ...side, maxNalUnits: 4096 });
      return {
        run: () => void scanner.scan(input, MIB),
        digest: () => {
          let state = digestNumber(scanner.count, EMPTY_DIGEST);
          for (let i = 0; i < scanner.count; i++) {
            state = digestNumber(scanner.lengthBytes(i), digestNumber(scanner.address(i) - input.address, state));
          }
          return digestText(state);
        },
      };
    },
    peers: [
      {
        name: "memory.copy of the bytes",
        prepare: (side) => {
          const from = place(side, makeInput()).address;
          const to = side.arena.reserve("bench copy", MIB, 64).address;
          const { bytes } = side.arena.memory;
          return { run: () => void bytes.copyWithin(to, from, from + MIB) };
        },
      },
    ],
  };
}

/** The cases of kernel annexb-scan. */
export const annexbScanCases: readonly KernelCase[] = Object.keys(SCAN_INPUTS).map(scanCase);
