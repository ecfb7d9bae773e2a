// What crosses a hop: the kinds each way, and what happens when one side is faster than the other. One object that both
// sides import.
import { FloeError } from "../../error/floe-error.js";
import type { Packet, PacketKind } from "../packet.js";
import { POLICIES, type WhenFull } from "../packet-queue.js";
import { isPositiveInteger } from "../positive-integer.js";
import { CodecTable } from "./codec-table.js";
import { builtInCodec, type PacketCodec } from "./packet-codec.js";

/** One of the graph's own kinds, or the codec of another. */
export type HopKind = PacketKind | PacketCodec<Packet>;

/** One direction of a hop. */
export type HopWay<K extends HopKind> = {
  /** What crosses. Other packets pass by the hop; flag packets always cross. */
  readonly kinds: readonly K[];
  /** Most packets that wait for the other side, beside what the ring holds. A positive integer. */
  readonly capacity: number;
  /** What happens to a packet that finds it full; `block` holds the sources on this side back. */
  readonly whenFull: WhenFull;
};

/** What `hopContract` is told. */
export type HopContractOptions<ToKind extends HopKind, BackKind extends HopKind> = {
  /** Names the hop in messages and reports; unique among the hops of one worker. Default `hop`. */
  readonly name?: string;
  /** From the stream to the worker. */
  readonly to: HopWay<ToKind>;
  /** From the worker back. No kinds: the worker keeps everything. */
  readonly back: HopWay<BackKind>;
  /**
   * Bytes on their way in each direction, rounded up to a power of two; 4 KiB to 1 GiB. Default 1 MiB. One packet may take half
   * of it: for a raw picture of 1080p take 8 MiB.
   */
  readonly ringBytes?: number;
};

/** What packets a `HopKind` is of. */
export type PacketOf<K> =
  K extends PacketCodec<infer P extends Packet> ? P : K extends PacketKind<infer P extends Packet> ? P : never;

/** A checked contract. `To` is what the worker gets, `Back` what comes back. */
export type HopContract<To extends Packet, Back extends Packet> = {
  readonly name: string;
  readonly to: ContractWay<To>;
  readonly back: ContractWay<Back>;
  readonly ringBytes: number;
};

/** One direction of a checked contract. */
export type ContractWay<P extends Packet> = {
  readonly kinds: readonly PacketKind<P>[];
  readonly codecs: CodecTable;
  readonly capacity: number;
  readonly whenFull: WhenFull;
};

const MIN_RING_BYTES = 4096;
const MAX_RING_BYTES = 2 ** 30;

/**
 * Makes a contract. Throws FloeError `hop/kind` for a kind that has no codec, `hop/duplicate-kind`, `stream/capacity`,
 * `stream/when-full`, `hop/ring-bytes`.
 *
 * ```ts
 * export const contract = hopContract({
 *   name: "decode",
 *   to: { kinds: [EncodedVideo], capacity: 8, whenFull: "drop-until-key" },
 *   back: { kinds: [VideoFrame], capacity: 2, whenFull: "drop-oldest" },
 *   ringBytes: 8 * 1024 * 1024,
 * });
 * ```
 */
export function hopContract<const ToKind extends HopKind, const BackKind extends HopKind>({
  name = "hop",
  to,
  back,
  ringBytes = 1024 * 1024,
}: HopContractOptions<ToKind, BackKind>): HopContract<PacketOf<ToKind>, PacketOf<BackKind>> {
  if (!(ringBytes >= MIN_RING_BYTES && ringBytes <= MAX_RING_BYTES)) {
    throw new FloeError("hop/ring-bytes", `The ring of hop "${name}" cannot have ${ringBytes} bytes`, {
      fix: `Use ${MIN_RING_BYTES} to ${MAX_RING_BYTES}.`,
    });
  }
  return {
    name,
    to: checkWay(name, to) as ContractWay<PacketOf<ToKind>>,
    back: checkWay(name, back) as ContractWay<PacketOf<BackKind>>,
    ringBytes: 2 ** Math.ceil(Math.log2(ringBytes)),
  };
}

function checkWay(name: string, { kinds, capacity, whenFull }: HopWay<HopKind>): ContractWay<Packet> {
  if (!isPositiveInteger(capacity)) {
    throw new FloeError("stream/capacity", `Hop "${name}" cannot hold ${capacity} packets`, {
      fix: "Use a positive integer.",
    });
  }
  if (!POLICIES.includes(whenFull)) {
    throw new FloeError("stream/when-full", `Hop "${name}" cannot do "${whenFull}" when it is full`, {
      fix: `Use one of ${POLICIES.join(", ")}.`,
    });
  }
  const codecs = new CodecTable(
    name,
    kinds.map((kind) => codecOf(name, kind)),
  );
  return { kinds: codecs.kinds, codecs, capacity, whenFull };
}

function codecOf(name: string, kind: HopKind): PacketCodec<Packet> {
  if ("measure" in kind) {
    return kind;
  }
  const codec = builtInCodec(kind);
  if (codec === undefined) {
    throw new FloeError("hop/kind", `Hop "${name}" does not know how "${kind.name}" packets cross`, {
      fix: "Name a PacketCodec of that kind in the contract.",
    });
  }
  return codec;
}
