// The HTTP API: which path answers with what, and which need the token.
import { type HttpRequest, type HttpResponse, jsonResponse } from "../../core/http/http-message.js";
import { type HttpRoute, HttpRouter } from "../../core/http/router.js";
import { preflight, readableBy } from "./cross-origin.js";
import { isAuthorized } from "./request-token.js";
import { configBody, product, type StatusInput, statusBody } from "./status-body.js";

/** Routes over the server's own facts, asked for at each request. */
export function apiRoutes(facts: () => StatusInput): HttpRouter {
  const guarded =
    (handler: (request: HttpRequest) => HttpResponse): ((request: HttpRequest) => HttpResponse) =>
    (request) =>
      isAuthorized(request, facts().config.auth.token) ? handler(request) : unauthorized();
  const origins = (): readonly string[] => facts().config.auth.allowedOrigins;
  const get = (path: string, handler: (request: HttpRequest) => HttpResponse): HttpRoute[] => [
    { method: "GET", path, handler: (request) => readableBy(handler(request), request, origins()) },
    { method: "OPTIONS", path, handler: (request) => preflight(request, origins()) },
  ];
  return new HttpRouter([
    ...get("/api/health", () => jsonResponse(200, { status: "ok", ...product() })),
    ...get(
      "/api/ready",
      guarded(() => {
        const body = statusBody(facts());
        return jsonResponse(body.ready ? 200 : 503, body);
      }),
    ),
    ...get(
      "/api/status",
      guarded(() => jsonResponse(200, statusBody(facts()))),
    ),
    ...get(
      "/api/config",
      guarded((request) => jsonResponse(200, configBody(facts(), request.header("host")))),
    ),
  ]);
}

function unauthorized(): HttpResponse {
  return jsonResponse(401, { status: "error", error: "unauthorized" }, { "www-authenticate": 'Bearer realm="floe"' });
}
