// Which pages of other origins may read the API (Fetch 3.2, CORS): those that may connect, auth.allowedOrigins.
import type { HttpRequest, HttpResponse } from "../../core/http/http-message.js";

/** How long a browser may remember that it may ask. */
const PREFLIGHT_SECONDS = 600;

/** What a page may read of a file's answer, beside what it always may (Fetch 4.9). */
const FILE_HEADERS = "accept-ranges, content-disposition, content-length, content-range, etag";

/** Whether the page that asks is of a listed origin. Pages of this server, and programs, need no word about it. */
function listedOrigin(request: HttpRequest, allowedOrigins: readonly string[]): string | undefined {
  const origin = request.header("origin");
  const listed = origin?.toLowerCase();
  return allowedOrigins.some((allowed) => allowed === "*" || allowed.toLowerCase() === listed) ? origin : undefined;
}

/** The response, with the word for the browser that its page may read it. */
export function readableBy(
  response: HttpResponse,
  request: HttpRequest,
  allowedOrigins: readonly string[],
): HttpResponse {
  const origin = listedOrigin(request, allowedOrigins);
  return origin === undefined
    ? response
    : {
        ...response,
        headers: {
          ...response.headers,
          "access-control-allow-origin": origin,
          vary: "origin",
          ...(response.file === undefined ? {} : { "access-control-expose-headers": FILE_HEADERS }),
        },
      };
}

/** What a browser asks before it sends a header such as the token's. A page that is not listed gets no permission. */
export function preflight(
  request: HttpRequest,
  allowedOrigins: readonly string[],
  methods: readonly string[],
): HttpResponse {
  const permission = {
    "access-control-allow-methods": methods
      .flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method))
      .join(", "),
    "access-control-allow-headers": "authorization, x-floe-token, range, if-range",
    "access-control-max-age": String(PREFLIGHT_SECONDS),
  };
  const isListed = listedOrigin(request, allowedOrigins) !== undefined;
  return readableBy({ status: 200, headers: isListed ? permission : {} }, request, allowedOrigins);
}
