// The port of a hop over a page's Worker, and over the worker's own end. A browser does not tell a page that a worker was
// terminated, so the worker's end holds a lock (Web Locks) as long as it lives, and the page waits for it.
import type { HopListener, HopPort } from "../../core/stream/hop/hop-port.js";
import type { Clock } from "../../core/time/clock.js";
import { BrowserClock } from "../time/browser-clock.js";

/** What hops need of a Worker, of a worker's `self`, or of a MessagePort. */
export interface HopEnd {
  postMessage(value: unknown, options: { transfer: Transferable[] }): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  /** MessagePorts only. */
  start?(): void;
}

/**
 * One end of a hop: of `stream.hop(hopPort(worker), contract)` in the page, of `serveHop(hopPort(self), contract, ...)` in the
 * worker's module. Shares memory where the page is cross-origin isolated.
 */
export function hopPort(end: HopEnd): HopPort {
  return new BrowserPort(end);
}

/** Tells the page which lock the worker holds. */
type AliveMessage = { readonly floeHopLock: string };

class BrowserPort implements HopPort {
  readonly clock: Clock = new BrowserClock();
  readonly canShare: boolean = self.crossOriginIsolated;
  readonly #end: HopEnd;
  /** What a worker's end says before it holds its lock waits: a page that has heard of the worker hears of its end too. */
  #held: (() => void)[] | undefined;

  constructor(end: HopEnd) {
    this.#end = end;
  }

  post(value: unknown, transfer: readonly ArrayBuffer[]): void {
    const send = (): void => this.#end.postMessage(value, { transfer: [...transfer] });
    if (this.#held === undefined) {
      send();
    } else {
      this.#held.push(send);
    }
  }

  listen({ message, ended }: HopListener): Disposable {
    const end = this.#end;
    const over = new AbortController();
    const { signal } = over;
    const onMessage = (event: Event): void => {
      const { data } = event as MessageEvent<unknown>;
      if (isAlive(data)) {
        void awaitDeath(data.floeHopLock, signal, () => ended(new Error("it was terminated")));
      } else {
        message(data);
      }
    };
    const onError = (event: Event): void => {
      const text = (event as ErrorEvent).message;
      ended(new Error(text === undefined || text === "" ? "it could not be loaded" : text));
    };
    const onGarbled = (): void => ended(new Error("a message could not be read"));
    const onClose = (): void => ended(new Error("the port was closed"));
    const pairs = [
      ["message", onMessage],
      ["messageerror", onGarbled],
      ["close", onClose],
    ] as const;
    for (const [name, listener] of pairs) {
      end.addEventListener(name, listener);
    }
    // In a worker, `error` on `self` is the worker's own, not the page's.
    const isOwnEnd = end === (self as unknown);
    if (isOwnEnd) {
      this.#held = [];
      void holdLock(end, signal, () => {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const send of held) {
          send();
        }
      });
    } else {
      end.addEventListener("error", onError);
    }
    end.start?.();
    return {
      [Symbol.dispose]: () => {
        over.abort();
        for (const [name, listener] of pairs) {
          end.removeEventListener(name, listener);
        }
        end.removeEventListener("error", onError);
      },
    };
  }
}

function isAlive(data: unknown): data is AliveMessage {
  return typeof data === "object" && data !== null && "floeHopLock" in data;
}

/** Holds a lock of a name of its own until the signal, or the thread's end; `told` comes when the page was sent its name. */
async function holdLock(end: HopEnd, signal: AbortSignal, told: () => void): Promise<void> {
  const manager = locks();
  if (manager === undefined) {
    told();
    return;
  }
  const name = `floe-hop-${crypto.randomUUID()}`;
  await manager.request(name, () => {
    end.postMessage({ floeHopLock: name } satisfies AliveMessage, { transfer: [] });
    told();
    return new Promise<void>((resolve) => {
      if (signal.aborted) {
        resolve();
      }
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  });
}

/** Calls when the holder of the lock is gone; not after the signal. */
async function awaitDeath(name: string, signal: AbortSignal, gone: () => void): Promise<void> {
  try {
    await locks()?.request(name, { signal }, () => {
      if (!signal.aborted) {
        gone();
      }
    });
  } catch {
    // The signal: nobody wants to know any more.
  }
}

/** Absent outside of secure contexts: a terminated worker is then noticed when it is asked to stop. */
function locks(): LockManager | undefined {
  return (navigator as { readonly locks?: LockManager }).locks;
}
