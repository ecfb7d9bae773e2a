// Opus in RTP (RFC 7587 4.2): one Opus packet is one payload, as it is, on a clock of 48 kHz whatever is inside.
import type { SlotRing } from "../../kernel/slot-ring.js";
import { WholeFrameWriter } from "../whole-frame-writer.js";

/** The RTP clock of Opus (RFC 7587 4.1). */
export const OPUS_CLOCK_RATE_HZ = 48_000;

/** A writer of Opus packets; larger ones than fit are refused as `opus/too-large`. */
export function opusPayloadWriter(slots: SlotRing): WholeFrameWriter {
  return new WholeFrameWriter(slots, "opus");
}
