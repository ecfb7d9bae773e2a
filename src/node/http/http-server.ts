// The HTTP server: limits of RFC 9112 parsers kept tight, API routes first, then files, then a clear 404.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { type HttpRequest, type HttpResponse, jsonResponse } from "../../core/http/http-message.js";
import { type HttpRouter, methodNotAllowed } from "../../core/http/router.js";
import { SECURITY_HEADERS } from "./security-headers.js";
import type { StaticFiles } from "./static-files.js";

/** What the server serves, and whom. */
export type HttpServerOptions = {
  readonly router: HttpRouter;
  readonly files: StaticFiles;
  /** Whether a request with this Host header is served at all. */
  readonly isHostAllowed: (host: string | undefined) => boolean;
  readonly logger: Logger;
};

/** One listening server. `raw` is there for WebSocket upgrades. */
export class HttpServer {
  readonly raw: Server;
  readonly #options: HttpServerOptions;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.raw = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 30_000,
        keepAliveTimeout: 5000,
        connectionsCheckingInterval: 2000,
        maxHeaderSize: 16 * 1024,
      },
      (request, response) => {
        this.#answer(request, response).catch((error: unknown) => this.#fail(response, error));
      },
    );
    this.raw.maxHeadersCount = 100;
    this.raw.on("clientError", (_error, socket) => {
      if (socket.writable) {
        socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
      } else {
        socket.destroy();
      }
    });
  }

  /** Listens, and answers the port. Throws `http/port-in-use`, `http/port-forbidden` or `http/listen-failed`. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.raw.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)));
      this.raw.listen(port, host, resolve);
    });
    return (this.raw.address() as AddressInfo).port;
  }

  /** Stops listening and cuts what is still open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.raw.close(() => resolve()));
    this.raw.closeAllConnections();
    await closed;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      response.setHeader(name, value);
    }
    const { router, files, isHostAllowed } = this.#options;
    incoming.resume(); // Nothing here takes a body yet.
    if (!isHostAllowed(incoming.headers.host)) {
      send(incoming, response, jsonResponse(403, { status: "error", error: "host_not_allowed" }));
      return;
    }
    const request = readRequest(incoming);
    if (request === undefined) {
      send(incoming, response, jsonResponse(400, { status: "error", error: "bad_request" }));
      return;
    }
    const routed = router.route(request);
    if (routed !== undefined) {
      send(incoming, response, await routed);
    } else if (request.path.startsWith("/api/")) {
      send(incoming, response, jsonResponse(404, { status: "error", error: "not_found" }));
    } else if (request.method !== "GET" && request.method !== "HEAD") {
      send(incoming, response, methodNotAllowed(["GET"]));
    } else if (!(await files.serve(request, response))) {
      send(incoming, response, {
        status: 404,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: "Not found\n",
      });
    }
  }

  #fail(response: ServerResponse, error: unknown): void {
    this.#options.logger.limited("request").error("a request failed", { error });
    if (response.headersSent) {
      response.destroy();
    } else {
      response.writeHead(500, { "content-type": "application/json; charset=utf-8" });
      response.end(`${JSON.stringify({ status: "error", error: "internal" })}\n`);
    }
  }
}

function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = "" }: HttpResponse,
): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, "content-length": bytes.byteLength });
  response.end(incoming.method === "HEAD" ? undefined : bytes);
}

/** The request as handlers see it, or undefined when its target is not a path that decodes. */
function readRequest(incoming: IncomingMessage): HttpRequest | undefined {
  const target = incoming.url ?? "";
  if (!target.startsWith("/")) {
    return undefined;
  }
  const queryAt = target.indexOf("?");
  let path: string;
  try {
    path = decodeURIComponent(queryAt < 0 ? target : target.slice(0, queryAt));
  } catch {
    return undefined;
  }
  const query = new Map(new URLSearchParams(queryAt < 0 ? "" : target.slice(queryAt)));
  const { headers } = incoming;
  return {
    method: incoming.method ?? "GET",
    path,
    query,
    header: (name) => {
      const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
      return Array.isArray(value) ? value.join(", ") : value;
    },
  };
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): FloeError {
  switch (cause.code) {
    case "EADDRINUSE":
      return new FloeError("http/port-in-use", `port ${port} on ${host} is in use`, {
        fix: `Stop the other program, or choose another port with --port.`,
        cause,
      });
    case "EACCES":
      return new FloeError("http/port-forbidden", `this user may not listen on port ${port}`, {
        fix: "Choose a port above 1023 with --port.",
        cause,
      });
    default:
      return new FloeError("http/listen-failed", `cannot listen on ${host} port ${port}: ${cause.message}`, {
        fix: "Choose an address of this machine with --host.",
        cause,
      });
  }
}
