// The codecs of one direction: from a packet to its codec's number, and from the number to the codec.
import { FloeError } from "../../error/floe-error.js";
import type { Packet, PacketKind } from "../packet.js";
import type { FrameReader } from "./frame.js";
import { flagCodec, type PacketCodec } from "./packet-codec.js";

/** Codecs in the order that both sides number them. Flags are number 0. */
export class CodecTable {
  readonly #codecs: readonly PacketCodec<Packet>[];
  /** The number that the last packet had: a stream mostly carries one kind for long. */
  #last = 0;

  /** Throws FloeError `hop/duplicate-kind`. */
  constructor(hop: string, codecs: readonly PacketCodec<Packet>[]) {
    this.#codecs = [flagCodec, ...codecs.filter(({ kind }) => kind !== flagCodec.kind)];
    const twice = codecs.find(({ kind }, index) => codecs.findIndex((other) => other.kind === kind) < index);
    if (twice !== undefined) {
      throw new FloeError("hop/duplicate-kind", `Hop "${hop}" names "${twice.kind.name}" twice in one direction`, {
        fix: "Name each kind once.",
      });
    }
  }

  /** The kinds but flags. */
  get kinds(): readonly PacketKind[] {
    return this.#codecs.slice(1).map(({ kind }) => kind);
  }

  /** Names of the kinds, for both sides to compare. */
  get signature(): string {
    return this.#codecs.map(({ kind }) => kind.name).join(", ");
  }

  /** The codec's number, or -1 for a packet that does not cross. */
  numberOf(packet: Packet): number {
    if (packet.kind === this.#codecs[this.#last].kind) {
      return this.#last;
    }
    const number = this.#codecs.findIndex(({ kind }) => kind.is(packet));
    if (number >= 0 && this.#codecs[number].kind === packet.kind) {
      this.#last = number;
    }
    return number;
  }

  /** The codec with that number; one that `numberOf` has told. */
  at(number: number): PacketCodec<Packet> {
    return this.#codecs[number];
  }

  /** The packet in the frame that the reader stands at. Throws FloeError `hop/frame` for a number that nobody has. */
  read(frame: FrameReader): Packet {
    const codec = this.#codecs[frame.codec];
    if (codec === undefined) {
      throw new FloeError("hop/frame", `A frame of kind ${frame.codec}; the contract knows ${this.#codecs.length}`, {
        fix: "Let both sides import one contract.",
      });
    }
    return codec.read(frame);
  }
}
