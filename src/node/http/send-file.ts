// A file as a response: whole or in a part (RFC 9110 14), and not at all to those who have it already (13).
import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { parseByteRange } from "../../core/http/byte-range.js";
import type { HttpFile, HttpRequest } from "../../core/http/http-message.js";

/** What is sent, and what else stands in the head of each answer. */
export type SentFile = { readonly file: HttpFile; readonly headers: { readonly [name: string]: string } };

/**
 * Answers a GET or HEAD with the file as it is now: of one that grows, what is there. Resolves when it is sent or the client has
 * gone; false, and nothing was written, when there is no such file.
 */
export async function sendFile(
  request: HttpRequest,
  response: ServerResponse,
  { file, headers }: SentFile,
): Promise<boolean> {
  const opened = await openFile(file.path);
  if (opened === undefined) {
    return false;
  }
  const { handle, facts } = opened;
  try {
    await send(request, response, { file, headers }, handle, facts);
  } finally {
    // The stream has closed it when there was one.
    await handle.close().catch(() => {});
  }
  return true;
}

async function send(
  request: HttpRequest,
  response: ServerResponse,
  { file, headers }: SentFile,
  handle: FileHandle,
  { size, mtimeMs }: Stats,
): Promise<void> {
  const tag = `"${size.toString(16)}-${Math.floor(mtimeMs).toString(16)}"`;
  const etag = file.validator === "none" ? undefined : file.validator === "weak" ? `W/${tag}` : tag;
  const head = { ...headers, ...(etag === undefined ? {} : { etag }), "accept-ranges": "bytes" };
  if (etag !== undefined && isKnown(tag, request.header("if-none-match"))) {
    response.writeHead(304, head).end();
    return;
  }
  const range = parseByteRange(wantedRange(request, etag), size);
  if (range.kind === "unsatisfiable") {
    response.writeHead(416, { ...head, "content-range": `bytes */${size}`, "content-length": 0 }).end();
    return;
  }
  const [first, last] = range.kind === "part" ? [range.first, range.last] : [0, size - 1];
  response.writeHead(range.kind === "part" ? 206 : 200, {
    ...head,
    ...(range.kind === "part" ? { "content-range": `bytes ${first}-${last}/${size}` } : {}),
    "content-type": file.contentType,
    "content-length": last - first + 1,
  });
  if (request.method === "HEAD" || size === 0) {
    response.end();
    return;
  }
  // A client that goes away in the middle ends the pipeline; that is its right.
  await pipeline(handle.createReadStream({ start: first, end: last }), response).catch(() => {});
}

/** What cannot be opened, and what is no file, is not there. */
async function openFile(path: string): Promise<{ handle: FileHandle; facts: Stats } | undefined> {
  // Without NONBLOCK a pipe of that name would hold a thread for ever.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (handle === undefined) {
    return undefined;
  }
  const facts = await handle.stat().catch(() => undefined);
  if (facts?.isFile() === true) {
    return { handle, facts };
  }
  await handle.close();
  return undefined;
}

/** `If-Range` (13.1.5): a part is of use only to who has the rest of the very same bytes. Ranges are defined for GET alone (14.2). */
function wantedRange(request: HttpRequest, etag: string | undefined): string | undefined {
  const condition = request.header("if-range");
  const isSame = condition === undefined || (condition === etag && !condition.startsWith("W/"));
  return request.method === "GET" && isSame ? request.header("range") : undefined;
}

/** Whether `If-None-Match` lists the tag, by weak comparison (13.1.2). */
function isKnown(tag: string, header = ""): boolean {
  return header.split(",").some((known) => known.trim() === "*" || known.trim().replace(/^W\//, "") === tag);
}
