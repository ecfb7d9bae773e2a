// What an adapter says of itself, checked when it is attached: programs without types get here too.
import { FloeError } from "../error/floe-error.js";
import type { Retention } from "./adapter.js";
import type { PacketKind } from "./packet.js";

const RETENTIONS: readonly Retention[] = ["borrowed", "cloned", "retained"];

/** Throws FloeError `stream/retention`. */
export function checkRetention(name: string, retention: Retention): void {
  if (!RETENTIONS.includes(retention)) {
    throw new FloeError("stream/retention", `The retention of "${name}" is ${String(retention)}`, {
      fix: `Use one of ${RETENTIONS.join(", ")}.`,
    });
  }
}

/** Throws FloeError `stream/kinds`. */
export function checkKinds(name: string, kinds: readonly PacketKind[]): void {
  if (!(Array.isArray(kinds) && kinds.every(isKind))) {
    throw new FloeError("stream/kinds", `"${name}" names something that is not a kind of packets`, {
      fix: "accepts and emits are lists of what definePacket() returned.",
    });
  }
}

/** Whether an adapter has the method. */
export function can<Method extends string>(adapter: object, method: Method): adapter is Record<Method, () => void> {
  return typeof (adapter as Partial<Record<Method, unknown>>)[method] === "function";
}

/** Throws FloeError `stream/stage`. */
export function checkMethod(name: string, stage: object, method: string): void {
  if (!can(stage, method)) {
    throw new FloeError("stream/stage", `"${name}" has no ${method}()`, {
      fix: "A processor has process(), a sink has write() or is a function.",
    });
  }
}

function isKind(kind: unknown): boolean {
  return typeof kind === "object" && kind !== null && "is" in kind && typeof kind.is === "function";
}
