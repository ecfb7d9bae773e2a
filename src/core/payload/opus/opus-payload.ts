// Opus in RTP (RFC 7587 4.2): one Opus packet is one payload, as it is.
import { FloeError } from "../../error/floe-error.js";
import { SLOT_PAYLOAD_BYTES, type SlotRing } from "../../kernel/slot-ring.js";
import type { CrossingCounters, PayloadWriter, WrittenFrame } from "../../rtp/payload-writer.js";

const WRITTEN: WrittenFrame = { packetCount: 1, isKey: true };
const NOTHING: WrittenFrame = { packetCount: 0, isKey: false };

/** Writes Opus packets into slots: one write per byte, straight from the encoder's memory. */
export class OpusPayloadWriter implements PayloadWriter {
  readonly crossings: CrossingCounters = { nativeToArenaBytes: 0, arenaToSlotBytes: 0 };
  readonly #slots: SlotRing;

  constructor(slots: SlotRing) {
    this.#slots = slots;
  }

  write(data: Uint8Array, firstIndex: number): WrittenFrame {
    if (data.length > SLOT_PAYLOAD_BYTES) {
      throw new FloeError("opus/too-large", `an Opus packet of ${data.length} bytes does not fit into one RTP packet`);
    }
    if (data.length === 0) {
      return NOTHING;
    }
    // The marker means "first after silence" (RFC 7587 4.2) and stays clear: we send without pauses.
    this.#slots.writePayload(firstIndex, data, 0);
    this.crossings.nativeToArenaBytes += data.length;
    return WRITTEN;
  }
}
