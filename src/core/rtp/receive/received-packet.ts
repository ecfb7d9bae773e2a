// One RTP packet as a receiver hands it on: one object, used for every packet.
import { SlotFlags, type SlotRing } from "../../kernel/slot-ring.js";
import type { MediaMicros, Micros, RtpTicks } from "../../time/units.js";

/** All of it is valid during the call only. */
export class ReceivedPacket {
  /** Its sequence number counted on past the wrap; grows from packet to packet, over restarts as well. */
  sequence = 0;
  timestamp: RtpTicks = 0;
  /** When it was made, on the timeline that all streams of the sender's `MediaClock` share. */
  timeUs: MediaMicros = 0;
  arrivalUs: Micros = 0;
  /** Packets missing in front of it: given up. */
  missing = 0;
  /** It begins a new sequence, perhaps of another source: the first packet of all does as well. */
  isRestart = false;
  /** It was late, or came only when asked for. */
  isRepaired = false;
  /** Its place in the ring. */
  index = 0;
  readonly #slots: SlotRing;

  constructor(slots: SlotRing) {
    this.#slots = slots;
  }

  /** The last packet of a picture, or the first of a talk spurt. */
  get marker(): boolean {
    return (this.#slots.flags(this.index) & SlotFlags.marker) !== 0;
  }

  /** Header and payload, without padding: a new view. One that came by RTX is as it was sent first (RFC 4588 4). */
  get bytes(): Uint8Array {
    return this.#slots.packet(this.index);
  }

  /** The payload: a new view. */
  get payload(): Uint8Array {
    return this.#slots.payload(this.index);
  }

  /** Bytes of the payload. */
  get payloadLength(): number {
    return this.#slots.payloadLength(this.index);
  }
}
