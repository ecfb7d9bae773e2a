// Files of one folder, and nothing outside of it: paths are decoded once before they come here, links that lead out and
// dot files do not exist.
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { HttpRequest } from "../../core/http/http-message.js";
import { contentTypeOf } from "./mime-types.js";

/** A file that may be sent. */
type Servable = { readonly path: string; readonly sizeBytes: number; readonly etag: string };

/** Serves a folder. */
export class StaticFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Sends the file, and answers false when there is none. GET and HEAD only; the caller has checked. */
  async serve(request: HttpRequest, response: ServerResponse): Promise<boolean> {
    const file = await this.#find(request.path);
    if (file === undefined) {
      return false;
    }
    // The build names its assets by content, so those never change; the page itself is asked for each time.
    const isNamedByContent = /\/assets\/[^/]*-[\w-]{8,}\.\w+$/.test(request.path);
    response.setHeader("etag", file.etag);
    response.setHeader("cache-control", isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache");
    if (isKnown(file.etag, request.header("if-none-match"))) {
      response.writeHead(304).end();
      return true;
    }
    response.setHeader("content-type", contentTypeOf(file.path));
    response.setHeader("content-length", file.sizeBytes);
    response.writeHead(200);
    if (request.method === "HEAD" || file.sizeBytes === 0) {
      response.end();
    } else {
      // A client that goes away in the middle ends the pipeline; that is its right.
      await pipeline(createReadStream(file.path, { end: file.sizeBytes - 1 }), response).catch(() => {});
    }
    return true;
  }

  async #find(path: string): Promise<Servable | undefined> {
    if (!isPlainPath(path)) {
      return undefined;
    }
    try {
      const root = await realpath(this.#root);
      const real = await realpath(join(root, path.endsWith("/") ? `${path}index.html` : path));
      const facts = real.startsWith(root + sep) ? await stat(real) : undefined;
      return facts?.isFile() === true
        ? {
            path: real,
            sizeBytes: facts.size,
            etag: `W/"${facts.size.toString(16)}-${Math.floor(facts.mtimeMs).toString(16)}"`,
          }
        : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Whether `If-None-Match` lists the tag, by weak comparison (RFC 9110 13.1.2). */
function isKnown(etag: string, header = ""): boolean {
  return header.split(",").some((known) => known.trim() === "*" || `W/${known.trim().replace(/^W\//, "")}` === etag);
}

/** No NUL, no backslash, no empty, dot, dot-dot or hidden segment. */
function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0") || path.includes("\\")) {
    return false;
  }
  const segments = path.slice(1).split("/");
  return segments.every((segment, i) => (segment === "" ? i === segments.length - 1 : !segment.startsWith(".")));
}
