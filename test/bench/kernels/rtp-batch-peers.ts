// Who else parses and rewrites RTP packets: werift's objects, and C on the same slots.
import { RtpPacket as WeriftPacket } from "werift";
import {
  EXTENSION_MAPS,
  rtpBatchPackets,
  SEQUENCE_DELTA,
  SSRCS,
  TIMESTAMP_DELTA,
} from "../../../examples/playground/src/bench/cases/rtp-batch.js";
import { digestBytes, digestText, EMPTY_DIGEST } from "../../../examples/playground/src/bench/digest.js";
import type { CasePeer } from "../../../examples/playground/src/bench/kernel-case.js";
import { type CReference, compileReference } from "./reference/c-reference.js";

/** The peers of case `RTP parse and rewrite, batch of 64`. */
export function rtpBatchPeers(): CasePeer[] {
  const reference = compileReference("rtp-batch");
  return [weriftPeer, ...(reference === undefined ? [] : [cPeer(reference)])];
}

const weriftPeer: CasePeer = {
  name: "werift: deSerialize, edit, serialize",
  prepare: () => {
    let packets = rtpBatchPackets().map((packet) => Buffer.from(packet));
    let turn: 0 | 1 = 0;
    let out = packets;
    return {
      run: () => {
        const { ssrc, ids, payloadType } = { ssrc: SSRCS[1 - turn], ...EXTENSION_MAPS[turn] };
        out = packets.map((bytes) => {
          const packet = WeriftPacket.deSerialize(bytes);
          const { header } = packet;
          header.ssrc = ssrc;
          header.sequenceNumber = (header.sequenceNumber + SEQUENCE_DELTA) & 0xffff;
          header.timestamp = (header.timestamp + TIMESTAMP_DELTA) >>> 0;
          header.payloadType = payloadType;
          for (const extension of header.extensions) {
            extension.id = ids[extension.id];
          }
          return packet.serialize();
        });
        packets = out;
        turn = turn === 0 ? 1 : 0;
      },
      digest: () => digestText(out.reduce((state, packet) => digestBytes(packet, state), EMPTY_DIGEST)),
    };
  },
};

function cPeer({ func }: CReference): CasePeer {
  const put = func("void put(int i, const uint8_t *bytes, int length)");
  const configure = func(
    "void configure(const uint8_t *columns, const uint8_t *there, const uint8_t *back, uint32_t source, uint32_t target)",
  );
  const repeat = func("void run(int64_t calls)");
  const digest = func("uint32_t digest()");
  return {
    name: "C, cc -O3 -march=native",
    prepare: () => {
      rtpBatchPackets().forEach((packet, i) => {
        put(i, packet, packet.length);
      });
      const columns = new Uint8Array(256).fill(255);
      const maps = EXTENSION_MAPS.map(({ ids, payloadType }, turn) => {
        const map = new Uint8Array(136).fill(255);
        map[EXTENSION_MAPS[1 - turn].payloadType] = payloadType;
        Object.entries(ids).forEach(([from, to], column) => {
          columns[Number(from)] = column;
          map[128 + column] = to;
        });
        return map;
      });
      configure(columns, maps[0], maps[1], SSRCS[0], SSRCS[1]);
      return { run: () => repeat(1), repeat, digest: () => digestText(digest() as number) };
    },
  };
}
