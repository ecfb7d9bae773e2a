// The HTTP API: which path answers with what, and which need the token.
import { type HttpResponse, jsonResponse } from "../../core/http/http-message.js";
import { type HttpHandler, type HttpRoute, HttpRouter } from "../../core/http/router.js";
import { isOriginAllowed } from "../symple/origin-policy.js";
import { preflight, readableBy } from "./cross-origin.js";
import { type RecorderOfServer, recordingHandlers } from "./recording-routes.js";
import { isAuthorized } from "./request-token.js";
import { configBody, product, type StatusInput, statusBody } from "./status-body.js";

/** Routes over the server's own facts and recordings, asked for at each request. */
export function apiRoutes(facts: () => StatusInput, recorder: RecorderOfServer = () => undefined): HttpRouter {
  const auth = (): StatusInput["config"]["auth"] => facts().config.auth;

  const guarded =
    (handler: HttpHandler): HttpHandler =>
    (request, parameters) =>
      isAuthorized(request, auth().token) ? handler(request, parameters) : unauthorized();

  /** Without a token the server is this machine's, and so are its browsers: no page of another site changes anything here. */
  const fromOwnPages =
    (handler: HttpHandler): HttpHandler =>
    (request, parameters) => {
      const { token, allowedOrigins } = auth();
      const [origin, host] = [request.header("origin"), request.header("host")];
      const isAllowed = !token.isEmpty || isOriginAllowed({ origin, host, isLocal: true, allowedOrigins });
      return isAllowed
        ? handler(request, parameters)
        : jsonResponse(403, { status: "error", error: "origin_not_allowed" });
    };

  const readable =
    (handler: HttpHandler): HttpHandler =>
    (request, parameters) => {
      const { allowedOrigins } = auth();
      const answer = handler(request, parameters);
      return answer instanceof Promise
        ? answer.then((response) => readableBy(response, request, allowedOrigins))
        : readableBy(answer, request, allowedOrigins);
    };

  /** The handlers of a path by their methods, and what browsers ask before they use them. */
  const path = (at: string, handlers: { readonly [method: string]: HttpHandler }): HttpRoute[] => [
    ...Object.entries(handlers).map(([method, handler]) => ({
      method,
      path: at,
      handler: readable(method === "GET" ? handler : fromOwnPages(handler)),
    })),
    {
      method: "OPTIONS",
      path: at,
      handler: (request) => preflight(request, auth().allowedOrigins, Object.keys(handlers)),
    },
  ];

  const of = recordingHandlers(recorder);
  return new HttpRouter([
    ...path("/api/health", { GET: () => jsonResponse(200, { status: "ok", ...product() }) }),
    ...path("/api/ready", {
      GET: guarded(() => {
        const body = statusBody(facts());
        return jsonResponse(body.ready ? 200 : 503, body);
      }),
    }),
    ...path("/api/status", { GET: guarded(() => jsonResponse(200, statusBody(facts()))) }),
    ...path("/api/config", {
      GET: guarded((request) => jsonResponse(200, configBody(facts(), request.header("host")))),
    }),
    ...path("/api/recordings", { GET: guarded(of.list) }),
    ...path("/api/recordings/{id}", { GET: guarded(of.info), DELETE: guarded(of.remove) }),
    ...path("/api/recordings/{id}/file", { GET: guarded(of.file) }),
    ...path("/api/recordings/{id}/pause", { POST: guarded(of.pause) }),
    ...path("/api/recordings/{id}/resume", { POST: guarded(of.resume) }),
    ...path("/api/recordings/{id}/stop", { POST: guarded(of.stop) }),
  ]);
}

function unauthorized(): HttpResponse {
  return jsonResponse(401, { status: "error", error: "unauthorized" }, { "www-authenticate": 'Bearer realm="floe"' });
}
