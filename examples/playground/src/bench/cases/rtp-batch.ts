// Kernels rtp-parse and rtp-rewrite: what a relay does with received packets, for one viewer.
import { RtpBatchParser, RtpRewriter, SlotRing } from "floe";
import { digestBytes, digestText, EMPTY_DIGEST } from "../digest.js";
import { MIB, seededBytes } from "../inputs.js";
import type { KernelCase } from "../kernel-case.js";

const BATCH = 64;
const DESCRIPTOR_BYTES = 16;

/** The stream that comes in and the one that goes out; the next call turns them round, so that each does the same work. */
export const SSRCS = [0x11223344, 0x55667788] as const;
/** What a packet of each direction goes out with: its payload type, and its extension ids by those it came with. */
export const EXTENSION_MAPS = [
  { payloadType: 108, ids: { 2: 5, 3: 6, 4: 7 } as Readonly<Record<number, number>> },
  { payloadType: 96, ids: { 5: 2, 6: 3, 7: 4 } as Readonly<Record<number, number>> },
] as const;
/** Added to each sequence number, each call. */
export const SEQUENCE_DELTA = 7;
/** Added to each timestamp, each call. */
export const TIMESTAMP_DELTA = 90;

/** A frame's worth of video packets as Chromium sends them: three extensions of 3, 2 and 1 bytes, 1200 bytes in all. */
export function rtpBatchPackets(): Uint8Array[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const packet = seededBytes(1200, i);
    const sequence = 65_500 + i;
    packet.set([0x90, 96 | (i === BATCH - 1 ? 0x80 : 0), sequence >> 8, sequence, 0xff, 0xff, 0xff, 0xf0]);
    packet.set([0x11, 0x22, 0x33, 0x44, 0xbe, 0xde, 0, 3], 8);
    packet.set([0x22, 1, 2, i, 0x31, 0, i, 0x40, 0x30, 0, 0, 0], 16);
    return packet;
  });
}

/** The cases of kernels rtp-parse and rtp-rewrite. */
export const rtpBatchCases: readonly KernelCase[] = [
  {
    kernel: "rtp-parse",
    id: "RTP parse and rewrite, batch of 64",
    measures:
      "Checks and reads the headers of 64 received packets with three extensions each, then gives them a viewer's SSRC, sequence numbers, timestamps, payload type and extension ids: what a relay does.",
    per: "packet",
    perCall: BATCH,
    arenaBytes: MIB,
    prepare: ({ arena, kernels }) => {
      const ring = new SlotRing(arena, { name: "bench", slotCount: BATCH });
      rtpBatchPackets().forEach((packet, i) => {
        ring.writePayload(i, packet, 0);
      });
      const { bytes } = arena.memory;
      const saved = arena.reserve("bench descriptors", BATCH * DESCRIPTOR_BYTES);
      bytes.copyWithin(saved.address, ring.descriptorsAddress, ring.descriptorsAddress + saved.lengthBytes);
      const parser = new RtpBatchParser({ kernels, arena, ring, stripExtensions: true });
      const rewriter = new RtpRewriter({ kernels, arena });
      const maps = EXTENSION_MAPS.map(({ payloadType, ids }, turn) => {
        const map = rewriter.openMap({ hiddenExtensionId: 14 });
        map.setPayloadType(EXTENSION_MAPS[1 - turn].payloadType, payloadType);
        Object.entries(ids).forEach(([from, to], column) => {
          parser.setColumn(Number(from), column);
          map.setExtensionId(column, to);
        });
        return map;
      });
      const deltas = { sequenceDelta: SEQUENCE_DELTA, timestampDelta: TIMESTAMP_DELTA };
      const changes = [
        { sourceSsrc: SSRCS[0], ssrc: SSRCS[1], ...deltas },
        { sourceSsrc: SSRCS[1], ssrc: SSRCS[0], ...deltas },
      ];
      let turn = 0;
      return {
        run: () => {
          // A descriptor says how a packet came in, until it is parsed.
          bytes.copyWithin(ring.descriptorsAddress, saved.address, saved.address + saved.lengthBytes);
          parser.parse(0, BATCH);
          rewriter.rewrite(parser, 0, BATCH, changes[turn], maps[turn]);
          turn = 1 - turn;
        },
        digest: () => {
          let state = EMPTY_DIGEST;
          for (let i = 0; i < BATCH; i++) {
            state = digestBytes(ring.packet(i), state);
          }
          return digestText(state);
        },
      };
    },
  },
];
