// A Symple server on a real port of 127.0.0.1, and raw WebSockets to it. Nothing here waits by the clock.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocket } from "ws";
import type {
  SympleSocketServerOptions,
  SympleSocketServerReport,
} from "../../../src/node/symple/socket-server-options.js";
import { SympleSocketServer } from "../../../src/node/symple/symple-socket-server.js";

// biome-ignore lint/suspicious/noExplicitAny: tests look into frames of every shape
type Frame = any;

export class SocketHarness {
  readonly http: Server;
  readonly symple: SympleSocketServer;
  readonly port: number;
  readonly #sockets = new Set<Socket>();

  private constructor(http: Server, symple: SympleSocketServer) {
    this.http = http;
    this.symple = symple;
    this.port = (http.address() as AddressInfo).port;
  }

  static async start(options: Partial<SympleSocketServerOptions> = {}): Promise<SocketHarness> {
    const http = createServer((_, response) => response.end("page"));
    const symple = new SympleSocketServer({ httpServer: http, ...options });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const harness = new SocketHarness(http, symple);
    http.on("connection", (socket) => {
      harness.#sockets.add(socket);
      socket.on("close", () => harness.#sockets.delete(socket));
    });
    return harness;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  async open(path = "/ws", options: ConstructorParameters<typeof WebSocket>[2] = {}): Promise<RawClient> {
    const client = new RawClient(new WebSocket(`ws://127.0.0.1:${this.port}${path}`, options));
    await client.opened;
    return client;
  }

  /** A client that is welcomed. */
  async join(user: string, auth: object = {}): Promise<RawClient> {
    const client = await this.open();
    client.send({ type: "auth", user, ...auth });
    client.welcome = await client.next("welcome");
    return client;
  }

  /** The HTTP status that refuses a WebSocket, or 101. */
  status(path: string, options: ConstructorParameters<typeof WebSocket>[2] = {}): Promise<number> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}${path}`, options);
    return new Promise((resolve) => {
      socket.on("error", () => {});
      socket.on("unexpected-response", (_, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      socket.on("open", () => {
        socket.terminate();
        resolve(101);
      });
    });
  }

  /** Waits until the server's numbers are so: what one end has seen, the other may see a turn of the loop later. */
  async until(isSo: (report: SympleSocketServerReport) => boolean): Promise<void> {
    while (!isSo(this.symple.report())) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Breaks every connection, as a network does. */
  breakSockets(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.symple.close();
    this.breakSockets();
    if (this.http.listening) {
      this.http.close();
      await once(this.http, "close");
    }
  }
}

/** A WebSocket that knows nothing of Symple. */
export class RawClient {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  welcome: Frame;
  readonly #frames: Frame[] = [];
  #arrived: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.opened = once(socket, "open");
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      this.#frames.push(JSON.parse(data.toString("utf8")));
      this.#arrived();
    });
  }

  get address(): string {
    return `${this.welcome.peer.user}|${this.welcome.peer.id}`;
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** The next frame of this type; earlier ones of other types are dropped. */
  async next(type?: string): Promise<Frame> {
    for (;;) {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        if (type === undefined || frame.type === type) {
          return frame;
        }
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}
