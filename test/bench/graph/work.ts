// The work that every contender of the graph bench does: two kinds of packets, five operations that read and write the
// payload, a digest at the end. The same packets and the same operations for all; only what carries them differs.
import { definePacket, type Packet, type PacketKind } from "floe";

/** A packet with a payload; new for each, over payloads that come round again. */
export interface WorkPacket extends Packet {
  readonly data: Uint8Array;
}

/** One kind. */
export class PicturePacket implements WorkPacket {
  static readonly kind: PacketKind<PicturePacket> = definePacket<PicturePacket>("picture");
  readonly kind: PacketKind<PicturePacket> = PicturePacket.kind;
  readonly flags = 0;
  readonly timeUs: number;
  readonly byteLength: number;
  readonly data: Uint8Array;
  readonly isKey: boolean;

  constructor(timeUs: number, data: Uint8Array, isKey: boolean) {
    this.timeUs = timeUs;
    this.byteLength = data.length;
    this.data = data;
    this.isKey = isKey;
  }

  clone(): PicturePacket {
    return new PicturePacket(this.timeUs, this.data.slice(), this.isKey);
  }
}

/** The other kind, of another shape. */
export class SoundPacket implements WorkPacket {
  static readonly kind: PacketKind<SoundPacket> = definePacket<SoundPacket>("sound");
  readonly kind: PacketKind<SoundPacket> = SoundPacket.kind;
  readonly flags = 0;
  readonly timeUs: number;
  readonly byteLength: number;
  readonly data: Uint8Array;

  constructor(timeUs: number, data: Uint8Array) {
    this.timeUs = timeUs;
    this.byteLength = data.length;
    this.data = data;
  }

  clone(): SoundPacket {
    return new SoundPacket(this.timeUs, this.data.slice());
  }
}

/** What flows. */
export type AnyWork = PicturePacket | SoundPacket;

const PAYLOADS = 64;
const PAYLOAD_BYTES = 256;

/** Makes packets: two pictures, then a sound, and so on, over 64 payloads in turn. */
export class WorkMaker {
  readonly #payloads = Array.from({ length: PAYLOADS }, (_, i) => new Uint8Array(PAYLOAD_BYTES).fill(i));
  #index = 0;

  next(): AnyWork {
    const index = this.#index++;
    const data = this.#payloads[index & (PAYLOADS - 1)];
    return index % 3 === 2 ? new SoundPacket(index, data) : new PicturePacket(index, data, (index & 31) === 0);
  }
}

/** Where the packets end: a digest over what the operations made of each, in order. */
export class WorkDigest {
  packets = 0;
  #hash = 0x811c9dc5;

  take({ data }: AnyWork): void {
    this.packets++;
    this.#hash = Math.imul(this.#hash ^ data[5], 0x01000193);
  }

  get text(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}

/** The five operations, in this order. */
export function whiten({ data }: AnyWork): void {
  data[0] ^= 0x5a;
}

/** Turns the bits of a byte by one. */
export function rotate({ data }: AnyWork): void {
  data[1] = (data[1] << 1) | (data[1] >> 7);
}

/** Adds up what came by. */
export function accumulate({ data }: AnyWork): void {
  data[2] += data[0] + 1;
}

/** Swaps two bytes and counts in one of them. */
export function swap({ data }: AnyWork): void {
  const third = data[3];
  data[3] = data[4];
  data[4] = third + 7;
}

/** Mixes what the other four left. */
export function mix({ data }: AnyWork): void {
  data[5] = data[5] ^ data[1] ^ (data[2] + data[3]);
}

/** The digest that `packets` packets come to: by a plain loop, on payloads of its own. */
export function expectedDigest(packets: number): string {
  const maker = new WorkMaker();
  const digest = new WorkDigest();
  for (let i = 0; i < packets; i++) {
    const packet = maker.next();
    whiten(packet);
    rotate(packet);
    accumulate(packet);
    swap(packet);
    mix(packet);
    digest.take(packet);
  }
  return digest.text;
}

/** One way to carry the packets from a maker through the five operations to a digest. */
export type Contender = {
  readonly digest: WorkDigest;
  /** Carries so many packets, new ones each time. */
  readonly run: (packets: number) => void | Promise<void>;
  readonly close?: () => Promise<void>;
};
