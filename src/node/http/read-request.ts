// The head of a request as handlers see it (RFC 9112 3), or why it is refused. Node's parser has refused what is no HTTP.
import type { IncomingMessage } from "node:http";
import type { HttpRequest } from "../../core/http/http-message.js";

/** Bytes of a request target, and header lines: more than a browser ever sends here. */
const MAX_TARGET_BYTES = 8192;
const MAX_HEADERS = 100;

/** A request with the host that it is for, or a refusal. */
export type RequestHead =
  | { readonly kind: "request"; readonly request: HttpRequest; readonly host: string | undefined }
  | { readonly kind: "refused"; readonly status: number; readonly error: string };

/** Reads the head. Never throws. */
export function readRequest(incoming: IncomingMessage): RequestHead {
  const { headers, rawHeaders, url = "", method = "GET" } = incoming;
  if (incoming.httpVersionMajor !== 1) {
    return refused(505, "http_version_not_supported");
  }
  if (url.length > MAX_TARGET_BYTES) {
    return refused(414, "uri_too_long");
  }
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return refused(431, "too_many_headers");
  }
  const target = readTarget(url);
  // Two Host lines are how a request means one server to a proxy and another to us (RFC 9112 3.2).
  if (target === undefined || rawHeaders.filter((name, i) => i % 2 === 0 && /^host$/i.test(name)).length > 1) {
    return refused(400, "bad_request");
  }
  const header = (name: string): string | undefined => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    return Array.isArray(value) ? value.join(", ") : value;
  };
  const { path, query, host = headers.host } = target;
  return { kind: "request", request: { method, path, query, header }, host };
}

type Target = { readonly path: string; readonly query: ReadonlyMap<string, string>; readonly host?: string };

/** Origin form and absolute form (RFC 9112 3.2); undefined for anything else, and for escapes that do not decode. */
function readTarget(target: string): Target | undefined {
  const parts = /^(?:https?:\/\/([^/?#]+))?(\/[^?]*)?(?:\?(.*))?$/is.exec(target);
  const [, host, path = host === undefined ? "" : "/", query = ""] = parts ?? [];
  if (path === "") {
    return undefined;
  }
  try {
    return {
      path: decodeURIComponent(path),
      query: new Map(new URLSearchParams(query)),
      ...(host === undefined ? {} : { host }),
    };
  } catch {
    return undefined;
  }
}

function refused(status: number, error: string): RequestHead {
  return { kind: "refused", status, error };
}
