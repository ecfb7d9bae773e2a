// What a server does with those who call it, as the server itself needs to know it: a mode opens, tells, and closes.
import type { Signal } from "../../../core/signal/signal.js";
import type { Recorder } from "../../record/recorder.js";
import type { ServerEvent } from "../server-event.js";
import type { StatusCheck } from "../status-checks.js";

/** What a mode is, at one moment, for those who ask. Plain JSON. */
export type ModeStatus = {
  /** Sections of /api/status, by their name; `sessions` among them. */
  readonly sections: { readonly [name: string]: unknown };
  /** Sections of /api/config. */
  readonly configuration: { readonly [name: string]: unknown };
  /** What readiness is judged by. */
  readonly checks: readonly StatusCheck[];
};

/** One running mode. */
export interface ServerMode {
  /** Its recordings, where it makes some. */
  readonly recorder?: Recorder;
  /** Happenings, as the server's owner is told them. */
  readonly happened: Signal<ServerEvent>;
  /** Looks whether the mode can do its work, before anybody listens. Rejects when it cannot and this machine alone is to blame. */
  probe(): Promise<void>;
  status(): ModeStatus;
  /** Ends every session and frees everything. Quiet when called twice. */
  close(): Promise<void>;
}
