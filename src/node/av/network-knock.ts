// Asks a server for a sign of life before FFmpeg is let at it: Node's sockets wait without a thread, FFmpeg's block one.
// A host that is off, or that takes connections and never answers, costs nothing this way.
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { connectError, timedOut, unreadable } from "./network-errors.js";
import type { NetworkKnock } from "./network-url.js";

/** Options of `knock`. */
export type KnockOptions = {
  /** For people: the masked URL. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** No answer to OPTIONS is longer before its status line is over. */
const MAX_STATUS_BYTES = 4096;

/**
 * Resolves when the server answers. Rejects with FloeError `source/refused`, `source/timeout`, `source/unreachable` or
 * `source/unreadable` (it speaks something else), or with the signal's reason.
 */
export async function knock(target: NetworkKnock, { name, timeoutMs, signal }: KnockOptions): Promise<void> {
  signal.throwIfAborted();
  const { host, port, isTls, rtspUrl } = target;
  // Whether the certificate is trusted is FFmpeg's to say, when it opens the stream.
  const socket = isTls
    ? connectTls({ host, port, rejectUnauthorized: false, ...(/[a-z]/i.test(host) ? { servername: host } : {}) })
    : connectTcp({ host, port });
  const stop = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(timedOut(name, timeoutMs)), timeoutMs);
      stop.signal.addEventListener("abort", () => clearTimeout(timer));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: stop.signal });
      socket.on("error", (error) => reject(connectError(name, error, timeoutMs)));
      socket.once(isTls ? "secureConnect" : "connect", () => {
        if (rtspUrl === undefined) {
          resolve();
        } else {
          ask(socket, rtspUrl, (why) => (why === undefined ? resolve() : reject(unreadable(name, why))));
        }
      });
    });
  } finally {
    stop.abort();
    socket.destroy();
  }
}

/** RFC 2326 10.1: every server answers OPTIONS, without credentials too. `done` gets what is wrong, if anything. */
function ask(socket: Socket, rtspUrl: string, done: (why?: string) => void): void {
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
    const isWhole = answer.includes("\n") || answer.length > MAX_STATUS_BYTES;
    if (isWhole || !"RTSP/".startsWith(answer.slice(0, 5))) {
      done(/^RTSP\/\d/.test(answer) ? undefined : "it does not speak RTSP");
    }
  });
  socket.on("end", () => done("it closes the connection at once"));
  socket.write(`OPTIONS ${rtspUrl} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: floe\r\n\r\n`);
}
