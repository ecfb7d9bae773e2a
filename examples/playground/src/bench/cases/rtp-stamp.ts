// Kernel rtp-stamp: the RTP headers of one viewer over a batch of packet slots, right before they are sent.
import { RtpStamper, SlotFlags, SlotRing } from "floe";
import { digestBytes, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

const EXTENSION = [0xbe, 0xde, 0, 1, 0x12, 0, 0, 0];

function stampCase(count: number): KernelCase {
  return {
    kernel: "rtp-stamp",
    id: `RTP stamp, ${count} a call`,
    measures: `Writes ${count === 1 ? "one header" : `${count} headers`} of 20 bytes into packet slots, as for each viewer before each send.`,
    per: "packet",
    perCall: count,
    arenaBytes: MIB,
    prepare: ({ arena, kernels }) => {
      const ring = new SlotRing(arena, { name: "bench", slotCount: 64 });
      for (let i = 0; i < count; i++) {
        ring.writePayload(i, seededBytes(100, i), i === count - 1 ? SlotFlags.marker : 0);
      }
      const extension = arena.reserve("bench extension", EXTENSION.length);
      arena.bytesOf(extension).set(EXTENSION);
      const stamper = new RtpStamper({ kernels, arena });
      let sequenceNumber = 65_530;
      return {
        run: () => {
          sequenceNumber = (sequenceNumber + count) & 0xffff;
          stamper.stampBatch(ring, 0, count, 0x12345678, sequenceNumber, 90_000, 108, extension.address, 8);
        },
        digest: () => {
          let state = EMPTY_DIGEST;
          for (let i = 0; i < count; i++) {
            state = digestBytes(ring.packet(i), state);
          }
          return digestText(state);
        },
      };
    },
  };
}

/** The cases of kernel rtp-stamp. */
export const rtpStampCases: readonly KernelCase[] = [1, 4, 8, 50].map(stampCase);
