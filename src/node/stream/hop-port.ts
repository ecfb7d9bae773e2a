// The port of a hop over worker_threads: a worker, the port to the parent thread, or one end of a MessageChannel.
import type { MessagePort, Worker } from "node:worker_threads";
import { FloeError } from "../../core/error/floe-error.js";
import type { HopListener, HopPort } from "../../core/stream/hop/hop-port.js";
import type { Clock } from "../../core/time/clock.js";
import { NodeClock } from "../time/node-clock.js";

/**
 * One end of a hop: of `stream.hop(hopPort(worker), contract)` in the thread that made the worker, of
 * `serveHop(hopPort(parentPort), contract, ...)` in the worker's module. Throws FloeError `hop/no-port` for the `parentPort` of
 * a main thread, which is null.
 */
export function hopPort(end: Worker | MessagePort | null): HopPort {
  if (end === null) {
    throw new FloeError("hop/no-port", "There is no thread on the other side: parentPort of the main thread is null", {
      fix: "Call serveHop in the worker's module.",
    });
  }
  return new ThreadPort(end);
}

/** The `threadId` of a worker that runs no more, whose `exit` nobody hears any more. */
const EXITED = -1;

class ThreadPort implements HopPort {
  readonly clock: Clock = new NodeClock();
  readonly canShare = true;
  readonly #end: Worker | MessagePort;

  constructor(end: Worker | MessagePort) {
    this.#end = end;
  }

  post(value: unknown, transfer: readonly ArrayBuffer[]): void {
    this.#end.postMessage(value, [...transfer]);
  }

  listen({ message, ended }: HopListener): Disposable {
    const end = this.#end;
    const failed = (error: Error): void => ended(error);
    const exited = (code: number): void => ended(new Error(`exit code ${code}`));
    const closed = (): void => ended(new Error("the port was closed"));
    const garbled = (): void => ended(new Error("a message could not be read"));
    const pairs: readonly (readonly [string, (value: never) => void])[] = [
      ["message", message],
      ["messageerror", garbled],
      ["error", failed],
      ["exit", exited],
      ["close", closed],
    ];
    // Both kinds of end tell what they tell by `on`; a worker exits, a port closes.
    const emitter = end as unknown as EmitterFace;
    for (const [name, listener] of pairs) {
      emitter.on(name, listener);
    }
    if ("threadId" in end && end.threadId === EXITED) {
      queueMicrotask(() => ended(new Error("it has exited")));
    }
    return {
      [Symbol.dispose]: () => {
        for (const [name, listener] of pairs) {
          emitter.off(name, listener);
        }
      },
    };
  }
}

type EmitterFace = {
  on(name: string, listener: (value: never) => void): void;
  off(name: string, listener: (value: never) => void): void;
};
