// A publisher that has nothing of ours in it but its signalling: aiortc in a process of its own (test/tools/aiortcpeer.py), which
// neither trickles candidates nor speaks Symple. What the server trickles is put into its answer.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { DescriptionMessage, Signaller } from "../../src/core/webrtc/signaller.js";
import { NodeSympleClient } from "../../src/node/symple/node-symple-client.js";
import { AIORTC_SCRIPT, DEBIAN_PYTHON } from "./system-packages.mjs";

const SERVER = "floe|floe-server";

/** One call. */
export class AiortcPublisher {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #client: NodeSympleClient;
  readonly #lines: AsyncIterator<string>;
  #complaint = "";

  private constructor(url: string, user: string, codec: "H264" | "VP8") {
    this.#child = spawn(DEBIAN_PYTHON, [AIORTC_SCRIPT, "--codec", codec]);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000);
    });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
    this.#client = new NodeSympleClient({ url, user });
  }

  /** Publishes a moving picture and a tone; resolves when media can flow. */
  static async start(url: string, user: string, codec: "H264" | "VP8"): Promise<AiortcPublisher> {
    const publisher = new AiortcPublisher(url, user, codec);
    await publisher.#call();
    return publisher;
  }

  /** Ends the call; answers how many pictures were made. */
  async stop(): Promise<number> {
    this.#child.stdin.end();
    const { frames } = JSON.parse(await this.#line()) as { readonly frames: number };
    await once(this.#child, "close");
    this.#client.close();
    return frames;
  }

  async #call(): Promise<void> {
    const online = new Promise<void>((resolve) => {
      this.#client.changed.on(({ kind }) => kind === "online" && resolve());
    });
    this.#client.open();
    const [offer] = await Promise.all([this.#line(), online]);
    const { type, sdp } = JSON.parse(offer) as { readonly type: "offer"; readonly sdp: string };
    const answer = await exchange(this.#client.signaller(), { kind: "description", peer: SERVER, type, sdp });
    this.#child.stdin.write(`${JSON.stringify({ type: "answer", sdp: answer })}\n`);
    await this.#line();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) {
      throw new Error(`aiortcpeer.py ended: ${this.#complaint}`);
    }
    return value;
  }
}

/** Calls the server; resolves with its answer, with all of its candidates in the first section, which stands for the bundle. */
function exchange(signaller: Signaller, offer: DescriptionMessage): Promise<string> {
  let sdp = "";
  let lines = "";
  return new Promise((resolve, reject) => {
    signaller.received.on((message) => {
      if (message.kind === "control" && message.control === "accept") {
        signaller.send(offer);
      } else if (message.kind === "control") {
        reject(new Error(`the server says ${message.control}: ${message.reason}`));
      } else if (message.kind === "description") {
        sdp = message.sdp;
      } else if (message.candidate.candidate !== "") {
        lines += `a=${message.candidate.candidate}\r\n`;
      } else {
        // Everything is there. The first section ends where the second one begins.
        const end = sdp.indexOf("m=", sdp.indexOf("m=") + 2);
        resolve(sdp.slice(0, end) + lines + sdp.slice(end));
      }
    });
    signaller.send({ kind: "control", peer: SERVER, control: "init" });
  });
}
