// When a source that went away is tried again: quickly once, then with growing, random waits, and at once when whoever was
// silent answers a knock. No sockets, no timers: see core/net/machine.ts.
import type { Machine } from "../net/machine.js";
import { earliest } from "../time/deadline-timer.js";
import { type Micros, milliseconds, seconds } from "../time/units.js";

/** What happens to a source. */
export type ReconnectInput =
  /** An attempt failed, or what was open broke. `reason` is for people: `code: sentence`. */
  | { readonly kind: "failed"; readonly trouble: ReconnectTrouble; readonly reason: string }
  /** Media comes. */
  | { readonly kind: "flowing" }
  /** A knock was answered, or not. */
  | { readonly kind: "knocked"; readonly isAnswered: boolean };

/**
 * Why it went away. `silent`: nobody is there, so it is worth knocking; `refused`: somebody said no to our credentials, and
 * asking often locks accounts; `broken`: anything else.
 */
export type ReconnectTrouble = "silent" | "refused" | "broken";

/** What to do. */
export type ReconnectOutput =
  /** Open it again; answer with `failed` or `flowing`. */
  | { readonly kind: "open" }
  /** Find out cheaply whether it answers; answer with `knocked`. */
  | { readonly kind: "knock" }
  /** How it is doing has changed. */
  | { readonly kind: "health"; readonly health: ReconnectHealth };

/** How a source is doing. `sinceUs` is when it went away, `attempt` counts the attempts since, from 1. */
export type ReconnectHealth =
  | { readonly kind: "ok" }
  | { readonly kind: "reconnecting"; readonly sinceUs: Micros; readonly attempt: number; readonly reason: string };

/** Waits in microseconds. */
export type ReconnectOptions = {
  /** Random numbers in [0, 1). */
  readonly random: () => number;
  /** Before the first attempt: a process that was restarted is back soon. Default 250 ms. */
  readonly firstUs?: Micros;
  /** Before the second attempt; each further one waits twice as long. Half of it is random. Default 1 s. */
  readonly secondUs?: Micros;
  /** No wait is longer. Default 30 s. */
  readonly longestUs?: Micros;
  /** Between two knocks. Default 1 s. */
  readonly knockUs?: Micros;
  /** Media that came this long proves that the source was well: the waits begin anew. Default 1 s. */
  readonly provenUs?: Micros;
};

type State =
  | { readonly kind: "open"; readonly flowingSinceUs: Micros | undefined }
  | { readonly kind: "waiting"; readonly openAtUs: Micros; readonly knockAtUs: Micros | undefined };

/** One source's attempts. Begins as one that was just opened. */
export class Reconnect implements Machine<ReconnectInput, ReconnectOutput> {
  readonly #random: () => number;
  readonly #firstUs: Micros;
  readonly #secondUs: Micros;
  readonly #longestUs: Micros;
  readonly #knockUs: Micros;
  readonly #provenUs: Micros;
  readonly #outputs: ReconnectOutput[] = [];
  #state: State = { kind: "open", flowingSinceUs: undefined };
  #health: ReconnectHealth = { kind: "ok" };
  #attempt = 0;
  /** Failures of one kind in a row: who was off and now answers "not yet" is not made to wait for having been off. */
  #streak: { readonly trouble: ReconnectTrouble; readonly length: number } | undefined;

  constructor({
    random,
    firstUs = milliseconds(250),
    secondUs = seconds(1),
    longestUs = seconds(30),
    knockUs = seconds(1),
    provenUs = seconds(1),
  }: ReconnectOptions) {
    this.#random = random;
    this.#firstUs = firstUs;
    this.#secondUs = secondUs;
    this.#longestUs = longestUs;
    this.#knockUs = knockUs;
    this.#provenUs = provenUs;
  }

  /** How the source is doing. */
  get health(): ReconnectHealth {
    return this.#health;
  }

  get deadlineUs(): Micros | undefined {
    return this.#state.kind === "waiting" ? earliest(this.#state.openAtUs, this.#state.knockAtUs) : undefined;
  }

  handle(input: ReconnectInput, nowUs: Micros): void {
    switch (input.kind) {
      case "failed":
        this.#failed(input.trouble, input.reason, nowUs);
        return;
      case "flowing":
        this.#flowing(nowUs);
        return;
      case "knocked":
        this.#knocked(input.isAnswered, nowUs);
        return;
      default:
        input satisfies never;
    }
  }

  tick(nowUs: Micros): void {
    if (this.#state.kind !== "waiting") {
      return;
    }
    if (nowUs >= this.#state.openAtUs) {
      this.#open();
    } else if (this.#state.knockAtUs !== undefined && nowUs >= this.#state.knockAtUs) {
      this.#state = { ...this.#state, knockAtUs: undefined };
      this.#outputs.push({ kind: "knock" });
    }
  }

  poll(): ReconnectOutput | undefined {
    return this.#outputs.shift();
  }

  #failed(trouble: ReconnectTrouble, reason: string, nowUs: Micros): void {
    if (this.#state.kind !== "open") {
      return;
    }
    const { flowingSinceUs } = this.#state;
    if (flowingSinceUs !== undefined && nowUs - flowingSinceUs >= this.#provenUs) {
      this.#attempt = 0;
      this.#streak = undefined;
    }
    this.#attempt++;
    this.#streak = { trouble, length: this.#streak?.trouble === trouble ? this.#streak.length + 1 : 1 };
    this.#state = {
      kind: "waiting",
      openAtUs: nowUs + this.#wait(this.#streak),
      knockAtUs: trouble === "silent" ? nowUs + this.#knockUs : undefined,
    };
    const sinceUs = this.#health.kind === "reconnecting" ? this.#health.sinceUs : nowUs;
    this.#tell({ kind: "reconnecting", sinceUs, attempt: this.#attempt, reason });
  }

  #flowing(nowUs: Micros): void {
    if (this.#state.kind !== "open" || this.#state.flowingSinceUs !== undefined) {
      return;
    }
    this.#state = { kind: "open", flowingSinceUs: nowUs };
    if (this.#health.kind !== "ok") {
      this.#tell({ kind: "ok" });
    }
  }

  #knocked(isAnswered: boolean, nowUs: Micros): void {
    if (this.#state.kind !== "waiting") {
      return;
    }
    if (isAnswered) {
      this.#open();
    } else {
      this.#state = { ...this.#state, knockAtUs: nowUs + this.#knockUs };
    }
  }

  #open(): void {
    this.#state = { kind: "open", flowingSinceUs: undefined };
    this.#outputs.push({ kind: "open" });
  }

  #wait({ trouble, length }: { readonly trouble: ReconnectTrouble; readonly length: number }): Micros {
    if (trouble === "refused") {
      return this.#between(this.#longestUs);
    }
    if (length === 1) {
      return this.#between(this.#firstUs);
    }
    // The exponent is bounded: far beyond the longest wait the power would be no number any more.
    return this.#between(Math.min(this.#longestUs, this.#secondUs * 2 ** Math.min(length - 2, 30)));
  }

  /** Half of the wait at least, so that the growth holds; the rest random, so that many do not come at once. */
  #between(longestUs: Micros): Micros {
    return Math.round(longestUs * (0.5 + this.#random() / 2));
  }

  #tell(health: ReconnectHealth): void {
    this.#health = health;
    this.#outputs.push({ kind: "health", health });
  }
}
