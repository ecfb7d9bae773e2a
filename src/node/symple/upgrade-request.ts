// The HTTP side of a WebSocket: what the upgrade request tells, and how one is refused.
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** What an upgrade request tells a Symple server. */
export type UpgradeRequest = {
  /** The path without the query. */
  readonly path: string;
  /** "" when there is none. */
  readonly token: string;
  readonly origin: string | undefined;
  readonly host: string | undefined;
  readonly remoteAddress: string;
  readonly localAddress: string | undefined;
};

/** Longest token that is read. */
const MAX_TOKEN_LENGTH = 4096;

/** Reads the request. Never throws. */
export function readUpgradeRequest({ url = "/", headers, socket }: IncomingMessage): UpgradeRequest {
  const [path, query = ""] = splitOnce(url, "?");
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  const own = headers["x-floe-token"];
  const token = new URLSearchParams(query).get("token") ?? bearer ?? (typeof own === "string" ? own : "");
  return {
    path,
    token: token.length <= MAX_TOKEN_LENGTH ? token : "",
    origin: headers.origin,
    host: headers.host,
    remoteAddress: socket.remoteAddress ?? "",
    localAddress: socket.localAddress,
  };
}

/** Answers with an empty response of this status and closes the socket. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  const reason = STATUS_CODES[status] ?? "";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function splitOnce(text: string, at: string): readonly [string, string?] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
