// A world for the command's tests: streams that collect, signals by hand, a server made of nothing.
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { Signal } from "../../../src/core/signal/signal.js";
import type { CliIo, RunningRelay, RunningServer, StartServer, StartTurn } from "../../../src/node/cli/cli-io.js";
import { main } from "../../../src/node/cli/main.js";
import type { ServerEvent } from "../../../src/node/server/server-event.js";
import type { TurnFacts } from "../../../src/node/server/turn/turn-facts.js";
import type { TurnStanding } from "../../../src/node/server/turn/turn-standing.js";

/** A relay of this machine only. */
export const TURN_FACTS: TurnFacts = {
  host: "127.0.0.1",
  port: 3478,
  tlsPort: undefined,
  externalIp: undefined,
  relayAddresses: ["127.0.0.1"],
  portRange: { min: 49_152, max: 65_535 },
  openRanges: [],
  realm: "floe",
  tcpRelay: true,
  datagrams: "dgram",
};

/** A server that listens nowhere. */
class FakeServer implements RunningServer {
  readonly url = "http://127.0.0.1:4500/";
  turn: TurnStanding = { kind: "running", ...TURN_FACTS };
  readonly events = new Signal<ServerEvent>();
  closeCalls = 0;
  /** What `close` waits for. */
  closing: Promise<void> = Promise.resolve();

  close(): Promise<void> {
    this.closeCalls++;
    return this.closing;
  }
}

/** A relay that listens nowhere. */
class FakeRelay implements RunningRelay {
  facts = TURN_FACTS;
  readonly events = new Signal<ServerEvent>();
  closeCalls = 0;

  close(): Promise<void> {
    this.closeCalls++;
    return Promise.resolve();
  }
}

/** One run of the command. */
export class FakeWorld {
  readonly process = new EventEmitter();
  readonly server = new FakeServer();
  readonly relay = new FakeRelay();
  readonly exits: number[] = [];
  /** The time, moved by hand. */
  nowMs = 0;
  readonly scripts: { readonly path: string; readonly argv: readonly string[] }[] = [];
  readonly #out = new PassThrough();
  readonly #err = new PassThrough();
  #stdout = "";
  #stderr = "";
  /** Whether the server was loaded at all. */
  isLoaded = false;
  /** What the server was started with. */
  started: Parameters<StartServer> | undefined;
  /** What the relay was started with. */
  turnStarted: Parameters<StartTurn> | undefined;

  /** Everything printed so far. */
  get stdout(): string {
    this.#stdout += String(this.#out.read() ?? "");
    return this.#stdout;
  }

  get stderr(): string {
    this.#stderr += String(this.#err.read() ?? "");
    return this.#stderr;
  }

  /** What a program reads: one object a line. */
  get events(): ServerEvent[] {
    return this.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ServerEvent);
  }

  /** Runs the command to its end. */
  run(argv: readonly string[], changes: Partial<CliIo> = {}): Promise<number> {
    return main({
      argv,
      env: {},
      cwd: "/home/ada",
      stdout: this.#out,
      stderr: this.#err,
      readFile: () => {
        throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      },
      process: this.process,
      exit: (code) => this.exits.push(code),
      nowMs: () => this.nowMs,
      loadServer: () => {
        this.isLoaded = true;
        return Promise.resolve((...started: Parameters<StartServer>) => {
          this.started = started;
          return Promise.resolve(this.server);
        });
      },
      loadTurn: () =>
        Promise.resolve((...started: Parameters<StartTurn>) => {
          this.turnStarted = started;
          return Promise.resolve(this.relay);
        }),
      runScript: (path, scriptArgv) => {
        this.scripts.push({ path, argv: scriptArgv });
        return Promise.resolve(7);
      },
      packageRoot: "/nowhere/",
      version: "1.2.3",
      drainMs: 1000,
      ...changes,
    });
  }

  /** Resolves when the running command has said that it listens. */
  async listening(): Promise<void> {
    while (!/listening|Ctrl-C/.test(this.stdout)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
