// Everything that the command touches outside itself, as one argument: tests bring their own.
import type { Writable } from "node:stream";
import type { Logger } from "../../core/diagnosis/logger.js";
import type { Signal } from "../../core/signal/signal.js";
import type { MaybeTerminal } from "../log/use-color.js";
import type { ConfigSources } from "../server/config/build-config.js";
import type { ReadFile } from "../server/config/config-file.js";
import type { PartialServerConfig, ServerConfig } from "../server/config/server-config.js";
import type { ServerEvent } from "../server/server-event.js";
import type { TurnFacts } from "../server/turn/turn-facts.js";
import type { TurnStanding } from "../server/turn/turn-standing.js";

/** What the command needs of a server. */
export interface RunningServer {
  readonly url: string;
  readonly turn: TurnStanding;
  readonly events: Signal<ServerEvent>;
  close(): Promise<void>;
}

/** Starts a server; aborting rejects with the signal's reason. */
export type StartServer = (
  config: PartialServerConfig,
  options: { readonly logger: Logger; readonly signal: AbortSignal; readonly configSources: ConfigSources },
) => Promise<RunningServer>;

/** What the command needs of a relay that runs alone. */
export interface RunningRelay {
  readonly facts: TurnFacts;
  readonly events: Signal<ServerEvent>;
  close(): Promise<void>;
}

/** Starts a relay; aborting rejects with the signal's reason. */
export type StartTurn = (
  config: ServerConfig,
  options: { readonly logger: Logger; readonly signal: AbortSignal },
) => Promise<RunningRelay>;

/** Signals and faults of the process: `process`, or an EventEmitter. */
export interface ProcessEvents {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/** The world of one run of the command. */
export type CliIo = {
  /** Arguments behind the program's name. */
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** Events and answers: what a program reads. */
  readonly stdout: Writable & MaybeTerminal;
  /** Logs, and errors for people. */
  readonly stderr: Writable & MaybeTerminal;
  readonly readFile: ReadFile;
  readonly process: ProcessEvents;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
  /** Monotonic time in milliseconds. */
  readonly nowMs: () => number;
  /** Loads the server only when one is wanted: help and errors need no FFmpeg. */
  readonly loadServer: () => Promise<StartServer>;
  /** The same for the relay, which needs no media package at all. */
  readonly loadTurn: () => Promise<StartTurn>;
  /** Runs a Node script in the foreground; resolves with its exit code. */
  readonly runScript: (path: string, argv: readonly string[]) => Promise<number>;
  /** The package's folder. */
  readonly packageRoot: string;
  readonly version: string;
  /** How long the server may take to close after the first signal. */
  readonly drainMs: number;
};
