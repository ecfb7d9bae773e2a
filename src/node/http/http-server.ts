// The HTTP server: limits of RFC 9112 parsers kept tight, API routes first, then files, then a clear 404.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "../../core/diagnosis/logger.js";
import { FloeError } from "../../core/error/floe-error.js";
import { type HttpResponse, jsonResponse } from "../../core/http/http-message.js";
import { type HttpRouter, methodNotAllowed } from "../../core/http/router.js";
import { readRequest } from "./read-request.js";
import { refuseClient } from "./refuse-client.js";
import { SECURITY_HEADERS } from "./security-headers.js";
import { sendFile } from "./send-file.js";
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
  readonly #answers = new WeakMap<Duplex, ServerResponse>();

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
        this.#answers.set(request.socket, response);
        this.#answer(request, response).catch((error: unknown) => this.#fail(request, response, error));
      },
    );
    this.raw.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (this.#answers.get(socket)?.writableFinished === false) {
        socket.destroy(); // Anything written now would land in the middle of an answer.
      } else {
        refuseClient(socket, error);
      }
    });
    // A server that listens can only fail to accept: too many open files. Unheard, that would end the process.
    this.raw.on("error", (error) => {
      if (this.raw.listening) {
        options.logger.limited("accept").error("cannot accept a connection", { error });
      }
    });
  }

  /** Listens, and answers the port. Throws `http/port-in-use`, `http/port-forbidden` or `http/listen-failed`. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      const refused = (cause: NodeJS.ErrnoException): void => reject(listenError(cause, host, port));
      this.raw.once("error", refused);
      this.raw.listen(port, host, () => {
        this.raw.off("error", refused);
        resolve();
      });
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
    const head = readRequest(incoming);
    if (head.kind === "refused") {
      send(incoming, response, jsonResponse(head.status, { status: "error", error: head.error }));
      return;
    }
    if (!isHostAllowed(head.host)) {
      send(incoming, response, jsonResponse(403, { status: "error", error: "host_not_allowed" }));
      return;
    }
    const { request } = head;
    const routed = router.route(request);
    if (routed !== undefined) {
      const answer = await routed;
      const { file, headers = {} } = answer;
      if (file === undefined || answer.status !== 200) {
        send(incoming, response, answer);
      } else if (!(await sendFile(request, response, { file, headers }))) {
        send(incoming, response, jsonResponse(404, { status: "error", error: "not_found" }, headers));
      }
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

  #fail(incoming: IncomingMessage, response: ServerResponse, error: unknown): void {
    this.#options.logger.limited("request").error("a request failed", { error });
    if (response.headersSent) {
      response.destroy();
    } else {
      send(incoming, response, jsonResponse(500, { status: "error", error: "internal" }));
    }
  }
}

function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = "" }: HttpResponse,
): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  // 204 has no content, not even an empty one (RFC 9110 8.6).
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": bytes.byteLength });
  response.end(incoming.method === "HEAD" ? undefined : bytes);
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
