// Policing of released packets, for development: reading a packet after its release throws, its bytes read 0xDD.
// Off by default and free when off: packets keep plain fields, and only a policed release replaces them.
import { FloeError } from "../error/floe-error.js";

/** The byte that released storage is filled with. */
export const POISON = 0xdd;

type Provenance = { readonly lender: string; readonly stages: string[] };

let enabled = false;
const provenances = new WeakMap<object, Provenance>();

/** Switches policing for packets released from now on, and for streams started from now on. For development and tests. */
export function policePackets(on: boolean): void {
  enabled = on;
}

/** Whether released packets are policed. */
export function isPolicing(): boolean {
  return enabled;
}

/** Notes who lent a packet, so that a message about it can say so. */
export function noteLender(packet: object, lender: string): void {
  provenances.set(packet, { lender, stages: [] });
}

/** Notes that a stage was given the packet. */
export function noteStage(packet: object, stage: string): void {
  provenances.get(packet)?.stages.push(stage);
}

/**
 * To be called by a packet's `release()`: while policing is on, every own field throws from now on and the bytes that
 * the packet owned are poisoned. Does nothing while policing is off.
 */
export function retirePacket(
  packet: { readonly kind: { readonly name: string } },
  ownedBytes: readonly Uint8Array[],
): void {
  if (!enabled) {
    return;
  }
  const { name } = packet.kind;
  for (const bytes of ownedBytes) {
    bytes.fill(POISON);
  }
  const provenance = provenances.get(packet);
  const fields = Object.keys(packet);
  // A second release is quiet.
  Object.defineProperty(packet, "release", { configurable: true, value: () => {} });
  for (const field of fields) {
    Object.defineProperty(packet, field, {
      configurable: true,
      enumerable: true,
      get: () => {
        throw releasedError(name, field, provenance);
      },
    });
  }
}

function releasedError(kind: string, field: string, provenance: Provenance | undefined): FloeError {
  const origin = provenance === undefined ? "" : ` It was lent by "${provenance.lender}"`;
  const keepers =
    provenance === undefined || provenance.stages.length === 0
      ? ""
      : ` to ${provenance.stages.map((stage) => `"${stage}"`).join(", ")}`;
  return new FloeError("packet/released", `"${field}" of a released ${kind} packet was read.${origin}${keepers}`, {
    fix: "Whoever needs a packet after the call that handed it over clones it, or stands behind a queue() and declares its retention.",
  });
}
