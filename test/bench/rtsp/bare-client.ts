// An RTSP client that does nothing but get to the first packet (RFC 2326, interleaved over TCP): what connecting to a
// camera costs before anybody has decoded anything.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that is playing. */
export type BareClient = {
  /** Milliseconds from the first byte of TCP to the first packet of media. */
  readonly connectMs: number;
  /** Hangs up. */
  close(): void;
};

/** Plays all streams of an address without a password; resolves at the first packet of the first one. */
export async function playBare(url: string): Promise<BareClient> {
  const { hostname, port } = new URL(url);
  const startedMs = performance.now();
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const conversation = new Conversation(socket);
  await conversation.ask("OPTIONS", url);
  const description = await conversation.ask("DESCRIBE", url, "Accept: application/sdp");
  const base = /^Content-Base: *(\S+)/im.exec(description)?.[1] ?? `${url}/`;
  const controls = description
    .split("\r\nm=")
    .slice(1)
    .map((section) => /^a=control:(\S+)/im.exec(section)?.[1] ?? "");
  let session = "";
  for (const [i, control] of controls.entries()) {
    const transport = `Transport: RTP/AVP/TCP;unicast;interleaved=${2 * i}-${2 * i + 1}`;
    const known = session === "" ? [] : [`Session: ${session}`];
    const answer = await conversation.ask("SETUP", new URL(control, base).href, transport, ...known);
    session = /^Session: *([^;\s]+)/im.exec(answer)?.[1] ?? "";
  }
  await conversation.ask("PLAY", base, `Session: ${session}`, "Range: npt=0.000-");
  await conversation.media();
  const connectMs = performance.now() - startedMs;
  // A camera that nobody reads from would stop at a full socket.
  socket.resume();
  return { connectMs, close: () => socket.destroy() };
}

/** Questions and answers on one connection; media may follow an answer at once. */
class Conversation {
  readonly #socket: Socket;
  #received = "";
  #heard: () => void = () => {};
  #sequence = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#heard();
    });
    socket.on("error", () => {});
  }

  async ask(method: string, url: string, ...headers: readonly string[]): Promise<string> {
    this.#received = "";
    this.#sequence++;
    this.#socket.write([`${method} ${url} RTSP/1.0`, `CSeq: ${this.#sequence}`, ...headers, "", ""].join("\r\n"));
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      const length = Number(/^Content-Length: *(\d+)/im.exec(this.#received)?.[1] ?? 0);
      if (end >= 0 && this.#received.length >= end + 4 + length) {
        const answer = this.#received.slice(0, end + 4 + length);
        if (!answer.startsWith("RTSP/1.0 200")) {
          throw new Error(`${method} was answered with ${answer.slice(0, answer.indexOf("\r\n"))}`);
        }
        this.#received = this.#received.slice(answer.length);
        return answer;
      }
      await this.#more();
    }
  }

  async media(): Promise<void> {
    while (!this.#received.includes("$\0")) {
      await this.#more();
    }
    this.#socket.removeAllListeners("data");
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }
}
