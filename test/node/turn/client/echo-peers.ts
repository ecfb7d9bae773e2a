// Peers behind a relay: they send back what comes.
import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import { parseIpAddress, type TransportAddress } from "../../../../src/core/net/transport-address.js";

/** A peer, until it is disposed of. */
export type EchoPeer = AsyncDisposable & { readonly address: TransportAddress };

/** By UDP. */
export async function udpEcho(host = "127.0.0.1"): Promise<EchoPeer> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, { port, address }) => socket.send(bytes, port, address));
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return {
    address: parseIpAddress(host, socket.address().port),
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** By TCP. */
export async function tcpEcho(host = "127.0.0.1"): Promise<EchoPeer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    address: parseIpAddress(host, (server.address() as { port: number }).port),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) {
          socket.destroy();
        }
        server.close(() => resolve());
      }),
  };
}
