// Payload formats in which one encoded frame is one RTP payload as it is: Opus (RFC 7587 4.2), G.711 (RFC 3551 4.5.14).
import { FloeError } from "../error/floe-error.js";
import { SLOT_PAYLOAD_BYTES, type SlotRing } from "../kernel/slot-ring.js";
import type { CrossingCounters, PayloadWriter, WrittenFrame } from "../rtp/payload-writer.js";

const WRITTEN: WrittenFrame = { packetCount: 1, isKey: true };
const NOTHING: WrittenFrame = { packetCount: 0, isKey: false };

/** Writes frames into slots: one write per byte, straight from the encoder's memory. Every frame is a place to begin. */
export class WholeFrameWriter implements PayloadWriter {
  readonly crossings: CrossingCounters = { nativeToArenaBytes: 0, arenaToSlotBytes: 0 };
  readonly #slots: SlotRing;
  readonly #format: string;

  /** `format` names it in the error `FORMAT/too-large` for a frame that does not fit into one packet: `opus`. */
  constructor(slots: SlotRing, format: string) {
    this.#slots = slots;
    this.#format = format;
  }

  write(data: Uint8Array, firstIndex: number): WrittenFrame {
    if (data.length > SLOT_PAYLOAD_BYTES) {
      throw new FloeError(
        `${this.#format}/too-large`,
        `a frame of ${data.length} bytes does not fit into one RTP packet of ${this.#format}`,
      );
    }
    if (data.length === 0) {
      return NOTHING;
    }
    // The marker means "first after silence" (RFC 3551 4.1) and stays clear: we send without pauses.
    this.#slots.writePayload(firstIndex, data, 0);
    this.crossings.nativeToArenaBytes += data.length;
    return WRITTEN;
  }
}
