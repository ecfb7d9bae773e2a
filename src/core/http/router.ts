// Routes requests by exact path and method (RFC 9110 15.5.5, 15.5.6).
import { type HttpRequest, type HttpResponse, jsonResponse } from "./http-message.js";

/** Answers one request, now or soon. */
export type HttpHandler = (request: HttpRequest) => HttpResponse | Promise<HttpResponse>;

/** One entry: HEAD is served by GET's handler. */
export type HttpRoute = { readonly method: string; readonly path: string; readonly handler: HttpHandler };

/** A table of routes. */
export class HttpRouter {
  readonly #routes = new Map<string, Map<string, HttpHandler>>();

  constructor(routes: readonly HttpRoute[]) {
    for (const { method, path, handler } of routes) {
      const methods = this.#routes.get(path) ?? new Map<string, HttpHandler>();
      methods.set(method, handler);
      this.#routes.set(path, methods);
    }
  }

  /** The handler's answer; 405 with `allow` for another method; undefined for a path that is not in the table. */
  route(request: HttpRequest): HttpResponse | Promise<HttpResponse> | undefined {
    const methods = this.#routes.get(request.path);
    if (methods === undefined) {
      return undefined;
    }
    const handler = methods.get(request.method === "HEAD" ? "GET" : request.method);
    return handler === undefined ? methodNotAllowed([...methods.keys()]) : handler(request);
  }
}

/** 405, with what is allowed (RFC 9110 15.5.6). */
export function methodNotAllowed(methods: readonly string[]): HttpResponse {
  const allow = methods.includes("GET") ? [...methods, "HEAD"] : methods;
  return jsonResponse(405, { status: "error", error: "method_not_allowed" }, { allow: allow.join(", ") });
}
