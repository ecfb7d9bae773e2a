// What the two sides of a hop say to each other beside packets. Whatever has a place among the packets names it: `behind`
// so many frames of the sender's.
import { FloeError } from "../../error/floe-error.js";
import type { HopPort } from "./hop-port.js";
import type { FramesMessage, TakenMessage } from "./message-lane.js";
import type { RingEnd } from "./ring-lane.js";

/** An error on its way. */
export type WireFailure = { readonly code: string; readonly message: string; readonly fix: string };

/** What the stream asks of the worker's half. Each is answered by `done`, in order. */
export type HopVerb = "start" | "pause" | "resume" | "stop" | "close";

/** Messages of both sides. */
export type HopMessage =
  /** Worker: it serves; the stream says `hello` (again). */
  | { readonly type: "here" }
  /** Stream: how packets travel. */
  | { readonly type: "hello"; readonly to: string; readonly back: string; readonly wires: HopWires }
  /** Worker: it has the wires. */
  | { readonly type: "ready" }
  | { readonly type: "ask"; readonly verb: HopVerb; readonly behind: number }
  | { readonly type: "done"; readonly verb: HopVerb; readonly behind: number }
  | { readonly type: "failed"; readonly failure: WireFailure; readonly behind: number }
  /** Wakes one end of a ring, where there is no waitAsync. */
  | { readonly type: "wake"; readonly way: "to" | "back"; readonly end: RingEnd }
  | FramesMessage
  | TakenMessage;

/** Rings, or the most bytes under way by messages. */
export type HopWires =
  | { readonly type: "ring"; readonly to: SharedArrayBuffer; readonly back: SharedArrayBuffer }
  | { readonly type: "messages"; readonly limitBytes: number };

/** A port that carries the messages of one hop, by its name, and leaves others alone. */
export class HopChannel {
  readonly #port: HopPort;
  readonly #name: string;

  constructor(port: HopPort, name: string) {
    this.#port = port;
    this.#name = name;
  }

  post(message: HopMessage, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.post({ floeHop: this.#name, ...message }, transfer);
  }

  listen(message: (message: HopMessage) => void, ended: (error: Error) => void): Disposable {
    return this.#port.listen({
      message: (value) => {
        if (typeof value === "object" && value !== null && "floeHop" in value && value.floeHop === this.#name) {
          message(value as unknown as HopMessage);
        }
      },
      ended,
    });
  }
}

/** An error as the other side will see it: code, message and fix. */
export function toWire(error: Error): WireFailure {
  return error instanceof FloeError
    ? { code: error.code, message: error.message, fix: error.fix }
    : { code: "hop/failed", message: `${error.name}: ${error.message}`, fix: "" };
}

/** The error that the other side had. */
export function fromWire({ code, message, fix }: WireFailure): FloeError {
  return new FloeError(code, message, { fix });
}
