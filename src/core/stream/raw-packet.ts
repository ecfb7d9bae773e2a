// Raw bytes as a packet. It says what it owns: `borrow` lends the caller's bytes, `own` takes them over, `copy` has its own.
import type { MediaMicros } from "../time/units.js";
import { definePacket, type Packet, type PacketKind } from "./packet.js";
import { retirePacket } from "./policing.js";

/** What may be said about raw bytes. */
export type RawPacketOptions = {
  /** Place on the timeline, microseconds. Default 0. */
  readonly timeUs?: MediaMicros;
  /** `PacketFlags`. Default none. */
  readonly flags?: number;
};

/** Bytes without a meaning that the graph knows. */
export class RawPacket implements Packet {
  /** The kind of every RawPacket. */
  static readonly kind: PacketKind<RawPacket> = definePacket<RawPacket>("raw");

  declare readonly kind: PacketKind<RawPacket>;
  declare readonly flags: number;
  declare readonly timeUs: MediaMicros;
  declare readonly byteLength: number;
  /** The bytes. The caller's while `ownsData` is false (later writes show), the packet's own otherwise. */
  declare readonly data: Uint8Array;
  /** Whether `data` belongs to the packet alone. */
  declare readonly ownsData: boolean;
  // Makes the type nominal, too: another class with the same fields is not a RawPacket.
  protected declare lease: (() => void) | undefined;

  private constructor(
    data: Uint8Array,
    ownsData: boolean,
    { timeUs = 0, flags = 0 }: RawPacketOptions,
    onRelease?: () => void,
  ) {
    this.kind = RawPacket.kind;
    this.flags = flags;
    this.timeUs = timeUs;
    this.byteLength = data.byteLength;
    this.data = data;
    this.ownsData = ownsData;
    this.lease = onRelease;
  }

  /** A packet over the caller's bytes, which must stay as they are until the call that hands the packet on returns. */
  static borrow(bytes: Uint8Array, options: RawPacketOptions = {}): RawPacket {
    return new RawPacket(bytes, false, options);
  }

  /** A packet with a copy of the bytes. */
  static copy(bytes: Uint8Array, options: RawPacketOptions = {}): RawPacket {
    return new RawPacket(bytes.slice(), true, options);
  }

  /**
   * A packet that becomes the owner of the caller's bytes: the caller does not touch them before `onRelease`, which is called
   * once, when the packet is released.
   */
  static own(bytes: Uint8Array, options: RawPacketOptions = {}, onRelease?: () => void): RawPacket {
    return new RawPacket(bytes, true, options, onRelease);
  }

  /** A copy that owns its bytes. */
  clone(): RawPacket {
    return RawPacket.copy(this.data, this);
  }

  /** Ends the packet's life; policed in development. */
  release(): void {
    const { lease } = this;
    this.lease = undefined;
    if (this.ownsData) {
      retirePacket(this, [this.data]);
    } else {
      retirePacket(this, []);
    }
    lease?.();
  }
}
