// What an adapter says of itself, checked when it is attached: programs without types get here too.
import { FloeError } from "../error/floe-error.js";
import type { Retention } from "./adapter.js";
import type { PacketKind } from "./packet.js";

const RETENTIONS: readonly Retention[] = ["borrowed", "cloned", "retained"];

/** What is checked. A sink may leave out all of it. */
export type Claims = {
  readonly retention?: Retention | undefined;
  readonly accepts?: readonly PacketKind[] | undefined;
  readonly emits?: readonly PacketKind[] | undefined;
};

/** Throws FloeError `stream/retention` or `stream/kinds`. */
export function checkAdapter(name: string, { retention, accepts, emits }: Claims): void {
  if (retention !== undefined && !RETENTIONS.includes(retention)) {
    throw new FloeError("stream/retention", `The retention of "${name}" is ${String(retention)}`, {
      fix: `Use one of ${RETENTIONS.join(", ")}.`,
    });
  }
  for (const kinds of [accepts, emits]) {
    if (kinds !== undefined && !(Array.isArray(kinds) && kinds.every(isKind))) {
      throw new FloeError("stream/kinds", `"${name}" names something that is not a kind of packets`, {
        fix: "accepts and emits are lists of what definePacket() returned.",
      });
    }
  }
}

function isKind(kind: unknown): boolean {
  return typeof kind === "object" && kind !== null && "is" in kind && typeof kind.is === "function";
}
