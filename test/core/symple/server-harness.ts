// Drives a SympleServer without sockets: manual time, one inbox a connection.
import type { JsonObject } from "../../../src/core/symple/json.js";
import type {
  AuthRequest,
  AuthVerdict,
  SympleServerInput,
  SympleServerOutput,
} from "../../../src/core/symple/server-io.js";
import { SympleServer, type SympleServerOptions } from "../../../src/core/symple/symple-server.js";
import { SeededEntropy } from "../../sim/seeded-entropy.js";

/** A frame as a test reads it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into frames of every shape
export type Frame = any;

/** One connection of the harness. */
export class TestConnection {
  readonly id: number;
  /** Frames since the last `take`. */
  inbox: Frame[] = [];
  /** How the server ended it. */
  closed: { readonly code: number; readonly reason: string } | "dropped" | undefined;
  pings = 0;
  welcome: Frame;
  readonly #harness: ServerHarness;

  constructor(harness: ServerHarness, id: number) {
    this.#harness = harness;
    this.id = id;
  }

  /** Session id, once welcomed. */
  get peerId(): string {
    return this.welcome.peer.id;
  }

  /** `user|id`, once welcomed. */
  get address(): string {
    return `${this.welcome.peer.user}|${this.welcome.peer.id}`;
  }

  text(text: string, byteLength = new TextEncoder().encode(text).length): this {
    this.#harness.input({ kind: "text", connection: this.id, text, byteLength });
    return this;
  }

  send(frame: unknown): this {
    return this.text(JSON.stringify(frame));
  }

  close(): void {
    this.#harness.input({ kind: "closed", connection: this.id });
  }

  /** Empties the inbox. */
  take(): Frame[] {
    const frames = this.inbox;
    this.inbox = [];
    return frames;
  }
}

export class ServerHarness {
  readonly server: SympleServer;
  nowUs = 0;
  verdict: (request: AuthRequest) => AuthVerdict | undefined = () => ({ accepted: true });
  /** Outputs that are for nobody's inbox. */
  readonly others: SympleServerOutput[] = [];
  readonly #connections = new Map<number, TestConnection>();
  #next = 1;

  constructor(options: Partial<SympleServerOptions> = {}) {
    this.server = new SympleServer({ entropy: new SeededEntropy(7), ...options });
  }

  open(): TestConnection {
    const connection = new TestConnection(this, this.#next++);
    this.#connections.set(connection.id, connection);
    this.input({ kind: "opened", connection: connection.id });
    return connection;
  }

  /** A connection that is welcomed; its inbox begins after the snapshot. */
  join(user: string, auth: JsonObject = {}): TestConnection {
    const connection = this.open().send({ type: "auth", user, ...auth });
    const frames = connection.take();
    connection.welcome = frames.find((frame) => frame.type === "welcome");
    return connection;
  }

  /** Empties all inboxes. */
  takeAll(): void {
    for (const connection of this.#connections.values()) {
      connection.take();
    }
  }

  input(input: SympleServerInput): void {
    this.server.handle(input, this.nowUs);
    this.#drain();
  }

  /** Moves time, ticking at every deadline on the way. */
  advance(durationUs: number): void {
    const untilUs = this.nowUs + durationUs;
    for (;;) {
      const deadlineUs = this.server.deadlineUs;
      if (deadlineUs === undefined || deadlineUs > untilUs) {
        break;
      }
      this.nowUs = Math.max(this.nowUs, deadlineUs);
      this.server.tick(this.nowUs);
      this.#drain();
    }
    this.nowUs = untilUs;
  }

  #drain(): void {
    for (let output = this.server.poll(); output !== undefined; output = this.server.poll()) {
      const connection = "connection" in output ? this.#connections.get(output.connection) : undefined;
      switch (output.kind) {
        case "send":
          connection?.inbox.push(JSON.parse(output.text));
          break;
        case "close":
          if (connection !== undefined) {
            connection.closed = { code: output.code, reason: output.reason };
          }
          break;
        case "drop":
          if (connection !== undefined) {
            connection.closed = "dropped";
          }
          break;
        case "ping":
          if (connection !== undefined) {
            connection.pings++;
          }
          break;
        case "authenticate": {
          const verdict = this.verdict(output.request);
          if (verdict !== undefined) {
            this.server.handle({ kind: "verdict", connection: output.connection, verdict }, this.nowUs);
          }
          break;
        }
        default:
          this.others.push(output);
      }
    }
  }
}
