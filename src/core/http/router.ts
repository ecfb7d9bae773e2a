// Routes requests by path and method (RFC 9110 15.5.5, 15.5.6). A part of a path in braces stands for anything.
import { type HttpRequest, type HttpResponse, jsonResponse } from "./http-message.js";

/** What stood where the path has braces, by the name in them; decoded, never empty, without a slash. */
export type PathParameters = ReadonlyMap<string, string>;

/** Answers one request, now or soon. */
export type HttpHandler = (request: HttpRequest, parameters: PathParameters) => HttpResponse | Promise<HttpResponse>;

/** One entry: HEAD is served by GET's handler. The path may have parts such as `{id}`. */
export type HttpRoute = { readonly method: string; readonly path: string; readonly handler: HttpHandler };

type Methods = Map<string, HttpHandler>;

const NONE: PathParameters = new Map();

/** A table of routes. */
export class HttpRouter {
  readonly #routes = new Map<string, Methods>();
  /** Those with braces, in parts. */
  readonly #patterns: { readonly parts: readonly string[]; readonly methods: Methods }[] = [];

  constructor(routes: readonly HttpRoute[]) {
    for (const { method, path, handler } of routes) {
      let methods = this.#routes.get(path);
      if (methods === undefined) {
        methods = new Map<string, HttpHandler>();
        this.#routes.set(path, methods);
        if (path.includes("{")) {
          this.#patterns.push({ parts: path.split("/"), methods });
        }
      }
      methods.set(method, handler);
    }
  }

  /** The handler's answer; 405 with `allow` for another method; undefined for a path that is not in the table. */
  route(request: HttpRequest): HttpResponse | Promise<HttpResponse> | undefined {
    const found = this.#find(request.path);
    if (found === undefined) {
      return undefined;
    }
    const { methods, parameters } = found;
    const handler = methods.get(request.method === "HEAD" ? "GET" : request.method);
    return handler === undefined ? methodNotAllowed([...methods.keys()]) : handler(request, parameters);
  }

  #find(path: string): { readonly methods: Methods; readonly parameters: PathParameters } | undefined {
    const exact = this.#routes.get(path);
    if (exact !== undefined) {
      return { methods: exact, parameters: NONE };
    }
    const parts = path.split("/");
    for (const pattern of this.#patterns) {
      const parameters = matchParts(pattern.parts, parts);
      if (parameters !== undefined) {
        return { methods: pattern.methods, parameters };
      }
    }
    return undefined;
  }
}

function matchParts(pattern: readonly string[], parts: readonly string[]): PathParameters | undefined {
  if (pattern.length !== parts.length) {
    return undefined;
  }
  const parameters = new Map<string, string>();
  for (const [i, wanted] of pattern.entries()) {
    const part = parts[i];
    if (wanted.startsWith("{")) {
      if (part === "") {
        return undefined;
      }
      parameters.set(wanted.slice(1, -1), part);
    } else if (part !== wanted) {
      return undefined;
    }
  }
  return parameters;
}

/** 405, with what is allowed (RFC 9110 15.5.6). */
export function methodNotAllowed(methods: readonly string[]): HttpResponse {
  const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  return jsonResponse(405, { status: "error", error: "method_not_allowed" }, { allow: allow.join(", ") });
}
