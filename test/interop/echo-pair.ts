// A peer for coturn's client: it sends back what comes, on two ports next to each other, because the client wants one for RTCP.
import { createSocket, type Socket } from "node:dgram";

/** Two sockets, until they are disposed of. */
export type EchoPair = AsyncDisposable & {
  /** The lower port, an even one. */
  readonly port: number;
};

/** On 127.0.0.1 or ::1. */
export async function echoPair(host: string): Promise<EchoPair> {
  for (;;) {
    const first = await bind(host, 0);
    const { port } = first?.address() ?? { port: 1 };
    const second = port % 2 === 0 ? await bind(host, port + 1) : undefined;
    const sockets = [first, second].filter((socket) => socket !== undefined);
    const close = (): Promise<unknown> =>
      Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
    if (second !== undefined) {
      return { port, [Symbol.asyncDispose]: async () => void (await close()) };
    }
    await close();
  }
}

/** An echoing socket; undefined when the port is taken. */
function bind(host: string, port: number): Promise<Socket | undefined> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, from) => socket.send(bytes, from.port, from.address));
  return new Promise((resolve) => {
    socket.once("error", () => socket.close(() => resolve(undefined)));
    socket.bind(port, host, () => resolve(socket));
  });
}
