// Answers to connections that broke the protocol or ran out of time, below the level of requests.
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Statuses of Node's parser and timer faults (RFC 9110 15.5, RFC 6585 5); anything else is a bad request. */
const STATUSES: ReadonlyMap<string | undefined, number> = new Map([
  ["HPE_HEADER_OVERFLOW", 431],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", 413],
  ["ERR_HTTP_REQUEST_TIMEOUT", 408],
]);

/** Says why and closes the socket, whether or not the other end closes its own half. */
export function refuseClient(socket: Duplex, { code }: { readonly code?: string | undefined }): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUSES.get(code) ?? 400;
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
