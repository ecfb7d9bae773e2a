// The RTCP that a receiver sends, written into one reused buffer: reports with a CNAME, and feedback alone or behind a report
// (RFC 3550 6.1, RFC 4585 3.1, RFC 5506).

import {
  FULL_INTRA_REQUEST_BYTES,
  nackBytes,
  writeFullIntraRequest,
  writeNack,
  writePictureLoss,
  writeReceiverEstimate,
} from "../rtcp/feedback-write.js";
import { RECEIVER_REPORT_BYTES, writeReceiverReport } from "../rtcp/report-write.js";
import type { ReportBlock } from "../rtcp/rtcp-message.js";
import { sourceDescriptionBytes, writeSourceDescription } from "../rtcp/rtcp-write.js";
import { MOST_PER_NACK } from "./loss-requests.js";

/** Every answer is a view of the buffer, valid until the next call. */
export class ReceiverRtcp {
  readonly #ssrc: number;
  readonly #cname: Uint8Array;
  readonly #isReduced: boolean;
  readonly #buffer: Uint8Array;
  #end = 0;

  constructor(ssrc: number, cname: string, mode: "reduced-size" | "compound") {
    this.#ssrc = ssrc;
    this.#cname = new TextEncoder().encode(cname).slice(0, 255);
    this.#isReduced = mode === "reduced-size";
    this.#buffer = new Uint8Array(
      RECEIVER_REPORT_BYTES +
        sourceDescriptionBytes(this.#cname.length) +
        Math.max(nackBytes(MOST_PER_NACK), FULL_INTRA_REQUEST_BYTES),
    );
  }

  /** A receiver report and our CNAME. */
  report(block: ReportBlock | undefined): Uint8Array {
    this.#lead(block);
    return this.#whole;
  }

  /** `count` of these sequence numbers are missing. */
  nack(mediaSsrc: number, lost: ArrayLike<number>, count: number): Uint8Array {
    this.#begin();
    this.#end = writeNack(this.#buffer, this.#end, this.#ssrc, mediaSsrc, lost, count);
    return this.#whole;
  }

  pictureLoss(mediaSsrc: number): Uint8Array {
    this.#begin();
    this.#end = writePictureLoss(this.#buffer, this.#end, this.#ssrc, mediaSsrc);
    return this.#whole;
  }

  fullIntraRequest(mediaSsrc: number, sequence: number): Uint8Array {
    this.#begin();
    this.#end = writeFullIntraRequest(this.#buffer, this.#end, this.#ssrc, mediaSsrc, sequence);
    return this.#whole;
  }

  estimate(mediaSsrc: number, bitrateBps: number): Uint8Array {
    this.#begin();
    this.#end = writeReceiverEstimate(this.#buffer, this.#end, this.#ssrc, mediaSsrc, bitrateBps);
    return this.#whole;
  }

  get #whole(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  #begin(): void {
    this.#end = 0;
    if (!this.#isReduced) {
      // Without a block: one would end the interval over which the next report counts.
      this.#lead(undefined);
    }
  }

  #lead(block: ReportBlock | undefined): void {
    const at = writeReceiverReport(this.#buffer, 0, this.#ssrc, block);
    this.#end = writeSourceDescription(this.#buffer, at, this.#ssrc, this.#cname);
  }
}
