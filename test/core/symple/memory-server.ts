// A Symple server without sockets that endpoints can connect to, on a manual clock; it can go down, freeze and fall silent.
import { MachineDriver } from "../../../src/core/net/machine-driver.js";
import type { SympleServerInput, SympleServerOutput } from "../../../src/core/symple/server-io.js";
import {
  type OpenSympleSocket,
  SympleEndpoint,
  type SympleEndpointOptions,
} from "../../../src/core/symple/symple-endpoint.js";
import { SympleServer, type SympleServerOptions } from "../../../src/core/symple/symple-server.js";
import { milliseconds } from "../../../src/core/time/units.js";
import type { ManualClock } from "../../sim/manual-clock.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

const LATENCY_US = milliseconds(1);

type Line = {
  toClient: (deliver: () => void) => void;
  text(text: string): void;
  closed(code: number, reason: string): void;
  pong(): void;
};

export class MemoryServer {
  /** "up", "down" (connections are refused), or "silent" (sockets open, nobody answers). */
  mode: "up" | "down" | "silent" = "up";
  token = "";
  connectAttempts = 0;
  readonly #clock: ManualClock;
  readonly #options: Partial<SympleServerOptions>;
  readonly #lines = new Map<number, Line>();
  #machine!: SympleServer;
  #driver!: MachineDriver<SympleServerInput, SympleServerOutput>;
  #next = 1;
  #seed = 100;

  constructor(clock: ManualClock, options: Partial<SympleServerOptions> = {}) {
    this.#clock = clock;
    this.#options = options;
    this.restart();
  }

  get machine(): SympleServer {
    return this.#machine;
  }

  /** A new process: nobody is known any more. */
  restart(): void {
    this.mode = "up";
    this.#machine = new SympleServer({ entropy: new SeededEntropy(this.#seed++), ...this.#options });
    this.#driver = new MachineDriver(this.#machine, this.#clock, (output) => this.#perform(output));
  }

  input(input: SympleServerInput): void {
    this.#driver.handle(input);
  }

  /** The process dies: every socket breaks, nothing listens. */
  crash(): void {
    this.mode = "down";
    this.breakAll();
  }

  /** Every socket breaks at both ends. */
  breakAll(): void {
    const broken = [...this.#lines];
    this.#lines.clear();
    for (const [connection, line] of broken) {
      line.toClient(() => line.closed(1006, ""));
      this.#driver.handle({ kind: "closed", connection });
    }
  }

  endpoint(user: string, options: Partial<SympleEndpointOptions> = {}): SympleEndpoint {
    return new SympleEndpoint({
      user,
      clock: this.#clock,
      entropy: new SeededEntropy(this.#seed++),
      openSocket: this.openSocket,
      listenerFailed: (error) => {
        throw error;
      },
      ...options,
    });
  }

  readonly openSocket: OpenSympleSocket = (events) => {
    this.connectAttempts++;
    const connection = this.#next++;
    let isOpen = true;
    const later = (task: () => void): void => {
      this.#clock.schedule(this.#clock.nowUs() + LATENCY_US, task);
    };
    const toClient = (task: () => void): void =>
      later(() => {
        if (isOpen) {
          task();
        }
      });
    if (this.mode === "down") {
      toClient(() => events.closed(1006, ""));
      return { send: () => {}, close: () => {} };
    }
    const line: Line = {
      toClient,
      text: (text) => toClient(() => events.text(text)),
      closed: (code, reason) => events.closed(code, reason),
      pong: () => later(() => this.#lines.has(connection) && this.#driver.handle({ kind: "alive", connection })),
    };
    if (this.mode === "up") {
      this.#lines.set(connection, line);
      this.#driver.handle({ kind: "opened", connection });
    }
    toClient(() => events.opened());
    return {
      send: (text) =>
        later(
          () =>
            this.#lines.has(connection) &&
            this.#driver.handle({ kind: "text", connection, text, byteLength: text.length }),
        ),
      close: () => {
        isOpen = false;
        later(() => this.#lines.delete(connection) && this.#driver.handle({ kind: "closed", connection }));
      },
    };
  };

  #perform(output: SympleServerOutput): void {
    switch (output.kind) {
      case "send":
        this.#lines.get(output.connection)?.text(output.text);
        break;
      case "ping":
        this.#lines.get(output.connection)?.pong();
        break;
      case "close":
      case "drop": {
        const line = this.#lines.get(output.connection);
        this.#lines.delete(output.connection);
        const [code, reason] = output.kind === "close" ? [output.code, output.reason] : [1006, ""];
        line?.toClient(() => line.closed(code, reason));
        break;
      }
      case "authenticate":
        this.#driver.handle({
          kind: "verdict",
          connection: output.connection,
          verdict: { accepted: output.request.token === this.token },
        });
        break;
      default:
    }
  }
}
