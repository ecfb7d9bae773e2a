// The last net under a running server: what nobody caught is logged, at most once a second, and the process lives on.
import type { Logger } from "../../core/diagnosis/logger.js";
import type { ProcessEvents } from "./cli-io.js";

const FAULTS = ["uncaughtException", "unhandledRejection"] as const;

/** Logs uncaught faults until it is disposed. One viewer's fault must not end the picture of the others. */
export function guardFaults(process: ProcessEvents, logger: Logger): Disposable {
  const listeners = FAULTS.map((name) => {
    const listener = (error: unknown): void =>
      logger.limited(`runtime/${name}`).error("a fault was not handled", { error });
    process.on(name, listener);
    return [name, listener] as const;
  });
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of listeners) {
        process.off(name, listener);
      }
    },
  };
}
