// What flows through a graph: the Packet face, the descriptor of its kind, and its flags.
import type { MediaMicros } from "../time/units.js";

/** Bits of `Packet.flags`. */
export const PacketFlags: { readonly none: 0; readonly noModify: 1; readonly final: 2 } = {
  none: 0,
  /** Processors are skipped; queues, branches and sinks still see the packet, in order. */
  noModify: 1,
  /** The stream stops itself behind this packet. */
  final: 2,
};

/**
 * Names one kind of packet, for the types and at run time. Two kinds are the same when they are the same object, so
 * make each once, with `definePacket`, and share it.
 */
export interface PacketKind<P extends Packet = Packet> {
  /** For people and reports: `encoded-video`. */
  readonly name: string;
  /** Whether `packet` is of this kind. */
  is(packet: Packet): packet is P;
}

/**
 * One packet. It is lent: valid in the synchronous call that hands it over, unless the adapter that emits it declares
 * another retention. Fields that the graph reads for every packet (`kind`, `flags`, `byteLength`) should be plain
 * fields, not computed ones; classes that set `kind`, `flags`, `timeUs`, `byteLength`, `data` first and in this order, as
 * core's do (their fields are `declare`d: nothing is written before the constructor), are read in one way by engines,
 * which makes a chain that carries several of them nearly twice as fast.
 */
export interface Packet {
  readonly kind: PacketKind;
  /** `PacketFlags`, or-ed. */
  readonly flags: number;
  /** Where the packet belongs on its medium's timeline, integer microseconds; 0 where it has no place. */
  readonly timeUs: MediaMicros;
  /** Payload size, for accounting. */
  readonly byteLength: number;
  /** An independent packet that owns its bytes (or a new reference to shared ones that nobody writes to any more). */
  clone(): Packet;
  /** Ends the life of a packet that owns something. A second call is quiet. */
  release?(): void;
}

class DefinedKind<P extends Packet> implements PacketKind<P> {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  is(packet: Packet): packet is P {
    return packet.kind === this;
  }
}

/**
 * Makes a new kind. `P` is the packet's interface; give it a field (or a `kind` type) that no other kind has, so that
 * the compiler can tell the two apart.
 */
export function definePacket<P extends Packet>(name: string): PacketKind<P> {
  return new DefinedKind<P>(name);
}

/** Whether a kind came from `definePacket`: then it is equal to another only by identity. */
export function isDefinedKind(kind: PacketKind): boolean {
  return kind instanceof DefinedKind;
}

/** Every packet, whatever its kind: for probes and taps. */
export const AnyPacket: PacketKind<Packet> = {
  name: "any",
  is: (_packet: Packet): _packet is Packet => true,
};
