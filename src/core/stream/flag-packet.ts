// A marker without payload: tells the stages behind it something by its flags alone.
import type { MediaMicros } from "../time/units.js";
import { definePacket, type Packet, PacketFlags, type PacketKind } from "./packet.js";

/** A packet that is only its flags. */
export class FlagPacket implements Packet {
  /** The kind of every FlagPacket. */
  static readonly kind: PacketKind<FlagPacket> = definePacket<FlagPacket>("flag");

  readonly kind: PacketKind<FlagPacket>;
  readonly flags: number;
  readonly timeUs: MediaMicros;
  readonly byteLength: 0 = 0;
  readonly #brand: undefined;

  /** `flags` is `PacketFlags`, or-ed. */
  constructor(flags: number, { timeUs = 0 }: { readonly timeUs?: MediaMicros } = {}) {
    this.kind = FlagPacket.kind;
    this.flags = flags;
    this.timeUs = timeUs;
    this.#brand = undefined;
  }

  /** The marker behind which a stream stops itself. */
  static final(): FlagPacket {
    return new FlagPacket(PacketFlags.final);
  }

  /** An equal marker. */
  clone(): FlagPacket {
    void this.#brand;
    return new FlagPacket(this.flags, this);
  }
}
