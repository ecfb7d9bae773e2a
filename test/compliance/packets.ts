// Packets as they may pass a transport: small and large ones, of several sources and kinds.
import { firBytes, nackBytes, pliBytes, reportBytes } from "../sim/rtcp-bytes.js";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** One RTP packet without extension. */
export function rtp(sequenceNumber: number, { ssrc = 4242, payloadType = 102, length = 200 } = {}): Buffer {
  const packet = Buffer.alloc(length, sequenceNumber);
  packet.writeUInt16BE(0x8000 | payloadType);
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(90_000, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** A sender report with a description behind it (RFC 3550 6.4.1, 6.5). */
const COMPOUND = hex(`
  80c80006 00001092 e1a2b3c4 80000000 00015f90 00000010 00003e80
  81ca0003 00001092 01046e65 61720000`);

/** A receiver's report: it comes also where only we send. */
export const REPORT: Buffer = Buffer.from(reportBytes(4242));

/** All kinds, in the order in which they are sent. */
export const PACKETS: readonly Buffer[] = [
  rtp(65_534),
  rtp(65_535, { length: 1400 }),
  rtp(0),
  rtp(700, { ssrc: 5, payloadType: 111, length: 60 }),
  rtp(9, { ssrc: 0xffff_fffe, payloadType: 103, length: 1400 }),
  // An extension of one byte headers, two contributing sources, padding.
  Buffer.concat([hex("b2e60001 00015f90 00001092 00000007 00000008 bede0001 10ff0000"), hex("aabbccdd 00000004")]),
  COMPOUND,
  Buffer.from(nackBytes(4242, [1, 2])),
  Buffer.from(pliBytes(4242)),
  Buffer.from(firBytes(4242, 1)),
  REPORT,
  // A description that runs past its end: libdatachannel's own dispatch would loop over it for ever.
  hex("81ca0002 00000001 01ff4142"),
  // REMB (draft-alvestrand-rmcat-remb-03).
  hex("8fce0005 00000001 00000000 52454d42 010bdb1f 00001092"),
];
