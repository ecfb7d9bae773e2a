// Whether the kernels are WebAssembly, for a status page.
import type { Kernels } from "../../core/kernel/kernel.js";
import type { StatusCheck } from "./status-checks.js";

type ShownKernels = Pick<Kernels, "kind" | "reason" | "counters">;

/** The counters show that the product path uses them. */
export function kernelsBody({ kind, reason, counters }: ShownKernels): object {
  return { kind, reason, counters };
}

/** Packets are made and read by them; their JavaScript twins are slower. */
export function kernelsCheck({ kind, reason }: Pick<Kernels, "kind" | "reason">): StatusCheck {
  return kind === "wasm"
    ? { name: "kernels", result: "pass", detail: "packets are made by WebAssembly" }
    : { name: "kernels", result: "warn", detail: `packets are made by JavaScript: ${reason ?? "as asked"}` };
}
