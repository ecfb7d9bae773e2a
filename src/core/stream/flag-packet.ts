// A marker without payload: tells the stages behind it something by its flags alone.
import type { MediaMicros } from "../time/units.js";
import { definePacket, type Packet, PacketFlags, type PacketKind } from "./packet.js";

/** A packet that is only its flags. */
export class FlagPacket implements Packet {
  /** The kind of every FlagPacket. */
  static readonly kind: PacketKind<FlagPacket> = definePacket<FlagPacket>("flag");

  declare readonly kind: PacketKind<FlagPacket>;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: 0;
  // Makes the type nominal: another class with the same fields is not a FlagPacket.
  protected declare readonly brand: never;

  /** `flags` is `PacketFlags`, or-ed. */
  constructor(flags: number, { timeUs = 0 }: { readonly timeUs?: MediaMicros } = {}) {
    this.kind = FlagPacket.kind;
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = 0;
  }

  /** The marker behind which a stream stops itself. */
  static final(): FlagPacket {
    return new FlagPacket(PacketFlags.final);
  }

  /** An equal marker. */
  clone(): FlagPacket {
    return new FlagPacket(this.flags, this);
  }
}
