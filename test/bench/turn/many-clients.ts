// Clients that allocate, bind a channel and are heard of no more: each from a loopback address of its own.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { type BenchUser, SignedRequests } from "./signed-requests.js";

const AT_ONCE = 32;
const PEER_PORT = 9;
const RETRY_MS = 500;

/** Makes so many allocations on the server on `port` of 127.0.0.1, for clients number `first` and on. */
export async function allocateMany(
  count: number,
  { port, user, first }: { readonly port: number; readonly user: BenchUser; readonly first: number },
): Promise<void> {
  const requests = new SignedRequests(user);
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + count) {
      await allocateOne(next++, port, requests);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function allocateOne(client: number, port: number, requests: SignedRequests): Promise<void> {
  const socket = createSocket("udp4");
  // Not where relay sockets are, and each in another network than the one before: strangers of one network get few answers a second.
  socket.bind({ address: `127.1.${client % 250}.${1 + Math.floor(client / 250)}`, exclusive: true });
  await once(socket, "listening");
  await requests.allocate(async (request) => {
    const answer = once(socket, "message") as Promise<[Uint8Array]>;
    const send = (): void => socket.send(request, port, "127.0.0.1");
    const again = setInterval(send, RETRY_MS);
    send();
    const [bytes] = await answer;
    clearInterval(again);
    return StunMessage.parse(bytes);
  }, PEER_PORT);
  socket.close();
}
