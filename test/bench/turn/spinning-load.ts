// The spinning load as a process: started, its clients given allocations by signed requests of our own, set to work, asked.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";

/** Who the clients are. */
export type LoadUser = { readonly user: string; readonly password: string; readonly realm: string };

/** What came of the load so far. */
export type LoadCount = { readonly relayed: number; readonly resent: number; readonly wrong: number };

const CHANNEL = 0x4000;

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
  async allocate({ user, password, realm }: LoadUser): Promise<void> {
    const key = StunKey.longTerm(user, realm, password);
    let serial = 0;
    const write = (method: number, nonce: string, fill: (writer: StunWriter) => void): Uint8Array => {
      const id = new Uint8Array(12);
      new DataView(id.buffer).setUint32(0, ++serial);
      const writer = new StunWriter(new Uint8Array(600)).start(StunClass.request, method, id);
      fill(writer);
      if (nonce !== "") {
        writer.text(StunAttribute.username, user).text(StunAttribute.realm, realm).text(StunAttribute.nonce, nonce);
        writer.integrity(key);
      }
      return writer.finishCopy();
    };
    const udp = (writer: StunWriter): unknown => writer.octet(StunAttribute.requestedTransport, 17);
    for (const [i, peer] of this.peers.entries()) {
      const challenge = await this.#request(i, write(StunMethod.allocate, "", udp));
      const nonce = challenge.text(StunAttribute.nonce) ?? "";
      const allocated = await this.#request(i, write(StunMethod.allocate, nonce, udp));
      const bound = await this.#request(
        i,
        write(StunMethod.channelBind, nonce, (writer) =>
          writer.channelNumber(CHANNEL).xorAddress(StunAttribute.xorPeerAddress, parseIpAddress("127.0.0.1", peer)),
        ),
      );
      for (const answer of [allocated, bound]) {
        if (answer.messageClass !== StunClass.success) {
          throw new Error(`client ${i} was refused: ${JSON.stringify(answer.errorCode())}`);
        }
      }
    }
  }

  /** Keeps `depth` packets of so many bytes in flight for every client from now on. */
  run(sizeBytes: number, depth: number): void {
    this.#write(`run ${sizeBytes} ${depth}`);
  }

  async count(): Promise<LoadCount> {
    this.#write("count");
    return JSON.parse(await this.#nextLine()) as LoadCount;
  }

  async stop(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#write("stop");
    await exited;
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
