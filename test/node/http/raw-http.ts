// HTTP by hand over a socket: what a client library would never send, and answers as they come.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** An answer, split at the empty line. */
export type RawAnswer = {
  /** 0 when the connection closed without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

/** Opens a socket that never closes its own half. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Sends `text` (or bytes) and answers with all that comes until the server closes. */
export async function exchange(port: number, text: string | Uint8Array): Promise<RawAnswer> {
  const socket = await openSocket(port);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const over = new Promise<void>((resolve) => {
    socket.once("end", resolve);
    socket.once("close", () => resolve());
  });
  socket.write(text);
  await over;
  socket.destroy();
  return readAnswer(Buffer.concat(chunks).toString("latin1"));
}

/** One request whose target is sent as it is; the server is asked to close afterwards. */
export function ask(
  port: number,
  target: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer> {
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, Connection: "close", ...headers });
  return exchange(
    port,
    `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
  );
}

function readAnswer(text: string): RawAnswer {
  const [head, ...rest] = text.split("\r\n\r\n");
  const [statusLine, ...lines] = head.split("\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers: new Map(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.replace(/^[^:]*: */, "")]),
    ),
    body: rest.join("\r\n\r\n"),
  };
}
