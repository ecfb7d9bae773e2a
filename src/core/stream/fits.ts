// Type-level half of validate(): whether a stage takes any of the kinds that reach it.
import type { SinkObject } from "./adapter.js";
import type { Packet, PacketKind } from "./packet.js";

/**
 * `unknown` when a stage that takes `In` stands where packets of `Out` arrive; otherwise a type that nothing has, with the
 * reason as its field's name. A stream of unknown packets (`Out` is `Packet`) fits everything.
 */
export type Fits<Out extends Packet, In extends Packet> = Packet extends Out
  ? unknown
  : [Extract<Out, In>] extends [never]
    ? { readonly "takes none of the packet kinds that reach it": Out }
    : unknown;

/** A sink that takes everything. */
export type OpenSink<Out extends Packet> =
  | ((packet: Out) => void)
  | (SinkTraits & { readonly accepts?: undefined; readonly write: (packet: Out) => void });

/** A sink that chooses. */
export type ChoosingSink<In extends Packet> = SinkTraits & {
  readonly accepts: readonly PacketKind<In>[];
  write(packet: In): void;
};

type SinkTraits = Omit<SinkObject<Packet>, "accepts" | "write">;
