// The contract of every protocol room: state without sockets or clocks. Time comes in as an argument.
import type { Micros } from "../time/units.js";

/**
 * A protocol as a state machine. After each `handle` or `tick`, drain `poll` until it answers undefined, then arm a
 * timer for `deadlineUs`.
 */
export interface Machine<Input, Output extends { readonly kind: string }> {
  /** Takes one input that happened at `nowUs`. */
  handle(input: Input, nowUs: Micros): void;
  /** Does whatever was due at `nowUs`. Calling it early does nothing. */
  tick(nowUs: Micros): void;
  /** The next thing to do, or undefined when there is nothing more. */
  poll(): Output | undefined;
  /** When `tick` wants to be called next, or undefined when nothing is due ever. */
  readonly deadlineUs: Micros | undefined;
}
