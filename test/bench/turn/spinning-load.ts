// The spinning load as a process: started, its clients given allocations by signed requests of our own, set to work, asked.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { type BenchUser, SignedRequests } from "./signed-requests.js";

/** What came of the load so far. */
export type LoadCount = { readonly relayed: number; readonly resent: number; readonly wrong: number };

const ASK_EVERY_MS = 50;

/** Clients and peers in a C process, pinned to a core. */
export class SpinningLoad {
  readonly clients: readonly number[];
  readonly peers: readonly number[];
  readonly #child: ChildProcess;
  readonly #nextLine: () => Promise<string>;
  /** Its exit code or signal. */
  readonly #ended: Promise<string>;

  private constructor(
    child: ChildProcess,
    nextLine: () => Promise<string>,
    ended: Promise<string>,
    ports: { clients: number[]; peers: number[] },
  ) {
    this.#child = child;
    this.#nextLine = nextLine;
    this.#ended = ended;
    this.clients = ports.clients;
    this.peers = ports.peers;
  }

  /** Starts `program` with so many clients of the server on `port`. */
  static async start(
    program: string,
    { port, pairs, core }: { port: number; pairs: number; core: number },
  ): Promise<SpinningLoad> {
    const child = spawn("taskset", ["-c", String(core), program, String(port), String(pairs)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // When it has ended, whoever waits for a line hears of it.
    child.stdin.on("error", () => {});
    const ended = new Promise<string>((resolve) => child.once("exit", (code, signal) => resolve(`${signal ?? code}`)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async (): Promise<string> => {
      const { done, value } = await lines.next();
      if (done === true) {
        throw new Error(`the load ended with ${await ended}`);
      }
      return value;
    };
    const ports = JSON.parse(await nextLine()) as { clients: number[]; peers: number[] };
    return new SpinningLoad(child, nextLine, ended, ports);
  }

  /** Gives every client an allocation and a channel to its peer. */
  async allocate(user: BenchUser): Promise<void> {
    const requests = new SignedRequests(user);
    for (const [client, peer] of this.peers.entries()) {
      await requests.allocate((request) => this.#request(client, request), peer);
    }
  }

  /** Keeps `depth` packets of so many bytes in flight for every client from now on. */
  run(sizeBytes: number, depth: number): void {
    this.#write(`run ${sizeBytes} ${depth}`);
  }

  /** Resolves when so many packets more have passed. */
  async relay(packets: number): Promise<void> {
    const { relayed: before } = await this.count();
    while ((await this.count()).relayed < before + packets) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  count(): Promise<LoadCount> {
    return this.#ask("count");
  }

  /** Stops sending; when it resolves nothing is in flight. */
  pause(): Promise<LoadCount> {
    return this.#ask("pause");
  }

  async stop(): Promise<void> {
    this.#write("stop");
    await this.#ended;
  }

  async #ask(question: string): Promise<LoadCount> {
    this.#write(question);
    return JSON.parse(await this.#nextLine()) as LoadCount;
  }

  async #request(client: number, bytes: Uint8Array): Promise<StunMessage> {
    this.#write(`request ${client} ${Buffer.from(bytes).toString("hex")}`);
    const answer = await this.#nextLine();
    if (answer === "-") {
      throw new Error(`client ${client} got no answer`);
    }
    return StunMessage.parse(Uint8Array.from(Buffer.from(answer, "hex")));
  }

  #write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}
