// The spinning load as a process: started, its clients given allocations by signed requests of our own, set to work, asked.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { type BenchUser, SignedRequests } from "./signed-requests.js";

/** What came of the load so far. */
export type LoadCount = { readonly relayed: number; readonly resent: number; readonly wrong: number };

/** Clients and peers in a C process, pinned to a core. */
export class SpinningLoad {
  readonly clients: readonly number[];
  readonly peers: readonly number[];
  readonly #child: ChildProcess;
  readonly #nextLine: () => Promise<string>;

  private constructor(
    child: ChildProcess,
    nextLine: () => Promise<string>,
    ports: { clients: number[]; peers: number[] },
  ) {
    this.#child = child;
    this.#nextLine = nextLine;
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
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async (): Promise<string> => {
      const { done, value } = await lines.next();
      if (done === true) {
        throw new Error("the load ended");
      }
      return value;
    };
    const ports = JSON.parse(await nextLine()) as { clients: number[]; peers: number[] };
    return new SpinningLoad(child, nextLine, ports);
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

  count(): Promise<LoadCount> {
    return this.#ask("count");
  }

  /** Stops sending; when it resolves nothing is in flight. */
  pause(): Promise<LoadCount> {
    return this.#ask("pause");
  }

  async stop(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#write("stop");
    await exited;
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
