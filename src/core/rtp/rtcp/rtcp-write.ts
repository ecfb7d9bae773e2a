// RTCP messages that Floe sends, written into a caller's buffer (RFC 3550 6).
import type { NtpTime } from "../../time/ntp.js";
import type { RtpTicks } from "../../time/units.js";
import { RTCP_TYPE } from "./rtcp-message.js";

/** A sender report without report blocks, ready to be written. */
export type SenderReportFields = {
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly rtpTimestamp: RtpTicks;
  readonly packetCount: number;
  readonly octetCount: number;
};

/** Bytes of a sender report without report blocks. */
export const SENDER_REPORT_BYTES = 28;

/** Writes a sender report at `at` and answers where it ends. */
export function writeSenderReport(bytes: Uint8Array, at: number, report: SenderReportFields): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, at, 0, RTCP_TYPE.senderReport, SENDER_REPORT_BYTES);
  view.setUint32(at + 4, report.ssrc);
  view.setUint32(at + 8, report.ntp.seconds);
  view.setUint32(at + 12, report.ntp.fraction);
  view.setUint32(at + 16, report.rtpTimestamp);
  view.setUint32(at + 20, report.packetCount >>> 0);
  view.setUint32(at + 24, report.octetCount >>> 0);
  return at + SENDER_REPORT_BYTES;
}

/** Bytes of a source description with one CNAME of `cnameBytes` bytes: at least one zero ends the chunk (RFC 3550 6.5). */
export function sourceDescriptionBytes(cnameBytes: number): number {
  return 4 + ((4 + 2 + cnameBytes + 4) & ~3);
}

/** Writes a source description with one CNAME (at most 255 bytes) at `at` and answers where it ends. */
export function writeSourceDescription(bytes: Uint8Array, at: number, ssrc: number, cname: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = sourceDescriptionBytes(cname.length);
  bytes.fill(0, at, at + length);
  writeHeader(view, at, 1, RTCP_TYPE.sourceDescription, length);
  view.setUint32(at + 4, ssrc);
  bytes[at + 8] = 1;
  bytes[at + 9] = cname.length;
  bytes.set(cname, at + 10);
  return at + length;
}

/** Bytes of a BYE for one source without a reason. */
export const GOODBYE_BYTES = 8;

/** Writes a BYE for one source at `at` and answers where it ends (RFC 3550 6.6). */
export function writeGoodbye(bytes: Uint8Array, at: number, ssrc: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  writeHeader(view, at, 1, RTCP_TYPE.goodbye, GOODBYE_BYTES);
  view.setUint32(at + 4, ssrc);
  return at + GOODBYE_BYTES;
}

/** The first word of any RTCP packet; `lengthBytes` is a multiple of 4. */
export function writeHeader(view: DataView, at: number, count: number, type: number, lengthBytes: number): void {
  view.setUint8(at, 0x80 | count);
  view.setUint8(at + 1, type);
  view.setUint16(at + 2, lengthBytes / 4 - 1);
}
