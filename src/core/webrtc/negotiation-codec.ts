// A codec as negotiation sees it: which offered payload types it can be, and what the answer says about the chosen one.
import type { PayloadFormat } from "../sdp/payload-format.js";

/** What a codec says to an offered payload type of its encoding. */
export type CodecVerdict =
  | {
      /** The greatest of a section wins; among equals the first that was offered. */
      readonly preference: number;
      /** The fmtp value of the answer, "" for none. */
      readonly parameters: string;
      /** A sentence's middle for the plan's notes, when the choice is a compromise. */
      readonly note?: string;
    }
  | {
      /** Why not: a sentence's middle for the plan's notes. */
      readonly refusal: string;
    };

/** A codec that our end can send or receive. */
export type CodecCapability = {
  /** Our own name: `h264`, `opus`. Wiring branches on it. */
  readonly name: string;
  readonly media: "video" | "audio";
  /** The name in rtpmap lines: `H264`. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  readonly channels: number;
  /** RTCP feedback that we act upon; nothing else is accepted. */
  readonly feedback: readonly string[];
  /** "offered" resends on an rtx payload type where one is offered; "off" resends on the codec's own SSRC. */
  readonly rtx: "offered" | "off";
  /** Called for payload types with this encoding name, clock rate and channel count only. */
  judge(format: PayloadFormat): CodecVerdict;
};
