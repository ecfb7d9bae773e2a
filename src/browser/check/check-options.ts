// What a connection test is told: which server, and how long each wait may take.
import type { CheckStep } from "../../core/check/check-step.js";

/** What to test, and how. */
export type CheckConnectionOptions = {
  /** The server's signalling, as `<floe-player url>` takes it; relative to the page. */
  readonly url: string;
  /** The server's token; "" for none. Never in the report. */
  readonly token?: string;
  /** Whom to call, as `<floe-player peer>` takes it; the first that can be watched when left out. */
  readonly peer?: string;
  /** STUN and TURN servers; those that the server offers when left out. Credentials are never in the report. */
  readonly iceServers?: readonly RTCIceServer[];
  /** Ends the test: everything is closed, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears of each step that begins, ends, or is understood better because of a later one. */
  readonly onStep?: (step: CheckStep, steps: readonly CheckStep[]) => void;
  /** How long each wait may take, in milliseconds. */
  readonly deadlines?: Partial<CheckDeadlines>;
};

/** Waits of a test, in milliseconds. */
export type CheckDeadlines = {
  /** Until the server has let us in; 10000. */
  readonly signallingMs: number;
  /** Until this device, a STUN server or a TURN server has given an address, each; 6000. */
  readonly addressMs: number;
  /** Until something has arrived at a relay's address; 5000. */
  readonly relayMs: number;
  /** From the call until its media; 20000. */
  readonly mediaMs: number;
};

/** The waits unless a page sets its own. */
export const CHECK_DEADLINES: CheckDeadlines = {
  signallingMs: 10_000,
  addressMs: 6000,
  relayMs: 5000,
  mediaMs: 20_000,
};
