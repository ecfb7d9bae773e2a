// Kernel h264-packetize: an access unit to RTP payloads (RFC 6184), beside JavaScript that makes an array for each.
import { H264Packetizer, SlotFlags, SlotRing } from "floe";
import { digestBytes, digestNumber, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, noisyAnnexB } from "../inputs.js";
import type { KernelCase, PreparedCase } from "../kernel-case.js";
import { AllocatingPacketizer } from "./allocating-packetizer.js";

/** Payload bytes of a packet. */
export const MAX_PAYLOAD_BYTES = 1200;

/** The access units by the words in their case's id; Node's peers work on the same. */
export const PACKETIZE_INPUTS: Readonly<Record<string, number>> = {
  "60 kB access unit": 60_000,
  "8 kB access unit": 8000,
};

function digestOfPackets(count: number, packet: (i: number) => { payload: Uint8Array; isLast: boolean }): string {
  let state = digestNumber(count, EMPTY_DIGEST);
  for (let i = 0; i < count; i++) {
    const { payload, isLast } = packet(i);
    state = digestBytes(payload, digestNumber(payload.length, digestNumber(Number(isLast), state)));
  }
  return digestText(state);
}

/** A packetizer that allocates, at work on one access unit. */
export function prepareAllocating(packetizer: AllocatingPacketizer, accessUnit: Uint8Array): PreparedCase {
  let packets = packetizer.packetize(accessUnit);
  return {
    run: () => {
      packets = packetizer.packetize(accessUnit);
    },
    digest: () => digestOfPackets(packets.length, (i) => packets[i]),
  };
}

/** One slice of noise that fills the access unit. */
export function makeAccessUnit(lengthBytes: number): Uint8Array {
  return noisyAnnexB(lengthBytes, lengthBytes);
}

function packetizeCase(title: string, measures: string, lengthBytes: number): KernelCase {
  const makeInput = () => makeAccessUnit(lengthBytes);
  return {
    kernel: "h264-packetize",
    id: `H.264 packetize, ${title}`,
    measures,
    per: "packet",
    perCall: Math.ceil((lengthBytes - 5) / (MAX_PAYLOAD_BYTES - 2)),
    arenaBytes: 3 * MIB,
    prepare: ({ arena, kernels }) => {
      const ring = new SlotRing(arena, { name: "bench", slotCount: 512 });
      const packetizer = new H264Packetizer({ kernels, arena, ring, maxAccessUnitBytes: lengthBytes });
      packetizer.inputBytes.set(makeInput());
      let index = 0;
      let count = 0;
      return {
        run: () => {
          index += count;
          count = packetizer.packetize(lengthBytes, index).packetCount;
        },
        digest: () =>
          digestOfPackets(count, (i) => ({
            payload: ring.payload(index + i),
            isLast: (ring.flags(index + i) & SlotFlags.marker) !== 0,
          })),
      };
    },
    peers: [
      {
        name: "JavaScript, an array for each packet",
        prepare: () => prepareAllocating(new AllocatingPacketizer(MAX_PAYLOAD_BYTES), makeInput()),
      },
      {
        name: "memory.copy of the bytes",
        prepare: ({ arena }) => {
          const from = arena.reserve("bench input", lengthBytes, 64).address;
          const to = arena.reserve("bench copy", lengthBytes, 64).address;
          arena.memory.bytes.set(makeInput(), from);
          return { run: () => void arena.memory.bytes.copyWithin(to, from, from + lengthBytes) };
        },
      },
    ],
  };
}

/** The cases of kernel h264-packetize. */
export const h264PacketizeCases: readonly KernelCase[] = Object.entries(PACKETIZE_INPUTS).map(([title, lengthBytes]) =>
  packetizeCase(
    title,
    "Cuts an access unit into packets of 1200 bytes: start codes found, bytes copied into packet slots, one call.",
    lengthBytes,
  ),
);
