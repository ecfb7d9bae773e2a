// Sender reports on their schedule: where RTP time and wall time meet, and the CNAME that binds tracks (RFC 3550 6.4.1).
import { type NtpTime, toNtp } from "../time/ntp.js";
import { type Micros, type RtpTicks, seconds, type WallMicros } from "../time/units.js";
import {
  GOODBYE_BYTES,
  SENDER_REPORT_BYTES,
  sourceDescriptionBytes,
  writeGoodbye,
  writeSenderReport,
  writeSourceDescription,
} from "./rtcp/rtcp-write.js";

/** Between two sender reports. Fixed, as browsers do it: lip sync wants one early and RTT wants one a second. */
const INTERVAL_US: Micros = seconds(1);

/** Writes compound SR + SDES packets into one reused buffer. */
export class SenderReporter {
  readonly #ssrc: number;
  readonly #cname: Uint8Array;
  readonly #buffer: Uint8Array;
  #dueUs: Micros | undefined;

  constructor(ssrc: number, cname: string) {
    this.#ssrc = ssrc;
    this.#cname = new TextEncoder().encode(cname).slice(0, 255);
    this.#buffer = new Uint8Array(SENDER_REPORT_BYTES + sourceDescriptionBytes(this.#cname.length) + GOODBYE_BYTES);
  }

  /** When the next report is due; undefined before the first packet was sent. */
  get deadlineUs(): Micros | undefined {
    return this.#dueUs;
  }

  /** The first packet went out: a report is due at once. */
  begin(nowUs: Micros): void {
    this.#dueUs ??= nowUs;
  }

  /**
   * A report for now, valid until the next call, and its NTP time.
   * `rtpTimestamp` is the RTP time of this very moment, not of the last packet.
   */
  report(
    nowUs: Micros,
    wallUs: WallMicros,
    rtpTimestamp: RtpTicks,
    packetCount: number,
    octetCount: number,
  ): { readonly bytes: Uint8Array; readonly ntp: NtpTime } {
    this.#dueUs = nowUs + INTERVAL_US;
    const ntp = toNtp(wallUs);
    const at = writeSenderReport(this.#buffer, 0, { ssrc: this.#ssrc, ntp, rtpTimestamp, packetCount, octetCount });
    const end = writeSourceDescription(this.#buffer, at, this.#ssrc, this.#cname);
    return { bytes: this.#buffer.subarray(0, end), ntp };
  }

  /** A BYE with the report that must lead a compound packet (RFC 3550 6.6); valid until the next call. */
  goodbye(wallUs: WallMicros, rtpTimestamp: RtpTicks, packetCount: number, octetCount: number): Uint8Array {
    this.#dueUs = undefined;
    const ntp = toNtp(wallUs);
    const at = writeSenderReport(this.#buffer, 0, { ssrc: this.#ssrc, ntp, rtpTimestamp, packetCount, octetCount });
    const end = writeSourceDescription(this.#buffer, at, this.#ssrc, this.#cname);
    return this.#buffer.subarray(0, writeGoodbye(this.#buffer, end, this.#ssrc));
  }
}
