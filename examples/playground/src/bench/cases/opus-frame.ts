// Kernel opus-frame: Opus packets into packet slots, and how long they sound.
import { OpusFramer, SlotRing } from "floe";
import { digestBytes, digestNumber, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

const BATCH = 50;

/** A second of sound, 61 to 181 bytes a packet, one in ten with two frames of one size (so of odd length). */
function opusPackets(): Uint8Array[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const isDouble = i % 10 === 0;
    const packet = seededBytes((61 + ((i * 37) % 120)) | (isDouble ? 1 : 0), i);
    packet[0] = isDouble ? 0xfd : 0xfc;
    return packet;
  });
}

/** The cases of kernel opus-frame. */
export const opusFrameCases: readonly KernelCase[] = [
  {
    kernel: "opus-frame",
    id: "Opus packetize, 50 a call",
    measures: "Checks a second of Opus packets, tells how long each sounds and copies them into packet slots.",
    per: "packet",
    perCall: BATCH,
    arenaBytes: MIB,
    prepare: ({ arena, kernels }) => {
      const ring = new SlotRing(arena, { name: "bench", slotCount: 64 });
      const framer = new OpusFramer({ kernels, arena, ring, maxBatch: BATCH });
      let at = 0;
      opusPackets().forEach((packet, i) => {
        framer.inputBytes.set(packet, at);
        framer.lengths[i] = packet.length;
        at += packet.length;
      });
      let samples = 0;
      return {
        run: () => {
          samples = framer.packetize(0, BATCH);
        },
        digest: () => {
          let state = digestNumber(samples, EMPTY_DIGEST);
          for (let i = 0; i < BATCH; i++) {
            state = digestBytes(ring.packet(i), state);
          }
          return digestText(state);
        },
      };
    },
  },
];
