// Files of one folder, and nothing outside of it: paths are decoded once before they come here, links that lead out and
// dot files do not exist.
import { realpath, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, sep } from "node:path";
import type { HttpRequest } from "../../core/http/http-message.js";
import { contentTypeOf } from "./mime-types.js";
import { sendFile } from "./send-file.js";

/** Serves a folder. */
export class StaticFiles {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Sends the file, and answers false when there is none. GET and HEAD only; the caller has checked. */
  async serve(request: HttpRequest, response: ServerResponse): Promise<boolean> {
    const path = await this.#find(request.path);
    if (path === undefined) {
      return false;
    }
    // The build names its assets by content, so those never change; the page itself is asked for each time.
    const isNamedByContent = /\/assets\/[^/]*-[\w-]{8,}\.\w+$/.test(request.path);
    return await sendFile(request, response, {
      file: { path, contentType: contentTypeOf(path), validator: "weak" },
      headers: { "cache-control": isNamedByContent ? "public, max-age=31536000, immutable" : "no-cache" },
    });
  }

  async #find(path: string): Promise<string | undefined> {
    if (!isPlainPath(path)) {
      return undefined;
    }
    try {
      const root = await realpath(this.#root);
      const real = await realpath(join(root, path.endsWith("/") ? `${path}index.html` : path));
      const facts = real.startsWith(root + sep) ? await stat(real) : undefined;
      return facts?.isFile() === true ? real : undefined;
    } catch {
      return undefined;
    }
  }
}

/** No NUL, no backslash, no empty, dot, dot-dot or hidden segment. */
function isPlainPath(path: string): boolean {
  if (!path.startsWith("/") || path.includes("\0") || path.includes("\\")) {
    return false;
  }
  const segments = path.slice(1).split("/");
  return segments.every((segment, i) => (segment === "" ? i === segments.length - 1 : !segment.startsWith(".")));
}
