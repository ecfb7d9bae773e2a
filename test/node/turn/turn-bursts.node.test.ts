// Bursts of bad requests in front of every ten packets of an allocation, among them requests with a good nonce and a wrong password: the
// packets all come through, and strangers get little.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { StunAttribute, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import { TurnServer } from "../../../src/node/turn/turn-server.js";
import { bind, channelData, codeOf } from "../../core/turn/turn-world.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { LiveClient, LivePeer, REALM } from "./live-client.js";

const ROUNDS = 200;
/** Bad requests of a round: fewer than the smallest buffer of a socket holds. */
const PER_ROUND = 60;
const FLOODERS = 20;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

/** What a flooder sends: garbage, requests of strangers, and requests that are signed wrongly. */
function badPackets(liar: LiveClient): (() => Uint8Array)[] {
  const random = new SeededRandom(5);
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random.next() * 256));
  const udp = (w: { octet(type: number, value: number): unknown }): unknown =>
    w.octet(StunAttribute.requestedTransport, 17);
  const mutated = (): Uint8Array => {
    const request = liar.write(StunMethod.allocate, udp);
    request[20 + Math.floor(random.next() * (request.length - 20))] ^= 1 << Math.floor(random.next() * 8);
    return request;
  };
  return [
    () => bytes(1 + Math.floor(random.next() * 1200)),
    () => channelData(0x4000 + Math.floor(random.next() * 64), bytes(100)),
    () => liar.write(StunMethod.allocate, udp, { sign: false }),
    () => liar.write(StunMethod.binding, () => {}, { sign: false }),
    () => liar.write(StunMethod.allocate, udp),
    () => liar.write(StunMethod.refresh),
    mutated,
  ];
}

async function flooder(heard: { bytes: number }): Promise<Socket> {
  const socket = createSocket("udp4").bind({ address: "127.0.0.1" });
  await once(socket, "listening");
  socket.on("message", ({ length }) => {
    heard.bytes += length;
  });
  closers.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

test.for([
  "koffi",
  "dgram",
] as const)("bursts of bad requests take nothing from a running allocation, datagrams by %s", async (sockets) => {
  const passwords = new Map([["alice", new Secret("wonder")]]);
  const credentials = new StaticCredentials(passwords, { realm: REALM, entropy: new NodeEntropy() });
  const options = { credentials, host: "127.0.0.1", port: 0, allowPeers: ["127.0.0.0/8"], sockets };
  const server = await TurnServer.start({ ...options, limits: { bitrateBps: 1e9 } });
  closers.push(() => server.close());
  const alice = await LiveClient.open("udp", server.port);
  const far = await LivePeer.open();
  const liar = await LiveClient.open("udp", server.port, { password: "guessed" });
  closers.push(
    () => alice.close(),
    () => far.close(),
    () => liar.close(),
  );
  far.echo();
  await alice.allocate();
  await alice.request(StunMethod.channelBind, bind(0x4000, far.address));
  liar.nonce = alice.nonce;

  const heard = { bytes: 0 };
  const flooders = await Promise.all(Array.from({ length: FLOODERS }, () => flooder(heard)));
  const kinds = badPackets(liar);
  let sentBytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < PER_ROUND; i++) {
      const packet = kinds[(round + i) % kinds.length]();
      sentBytes += packet.length;
      flooders[(round * 7 + i) % FLOODERS].send(packet, server.port, "127.0.0.1");
    }
    if (round % 20 === 0) {
      const stream = connect(server.port, "127.0.0.1", () => stream.end(new Uint8Array(3000).fill(0xff)));
      stream.on("error", () => {});
      closers.push(() => Promise.resolve(stream.destroy()));
    }
    // Ten packets behind the flood: each must come back.
    for (let i = 0; i < 10; i++) {
      alice.send(channelData(0x4000, Uint8Array.of(round >> 8, round, i)));
    }
    for (let i = 0; i < 10; i++) {
      expect(await alice.next()).toEqual(channelData(0x4000, Uint8Array.of(round >> 8, round, i)));
    }
  }
  expect(codeOf(await alice.request(StunMethod.refresh))).toBe(0);
  const { allocations, counters, packetsToPeers, packetsToClients } = server.report();
  expect({ allocations, packetsToPeers, packetsToClients }).toEqual({
    allocations: 1,
    packetsToPeers: 10 * ROUNDS,
    packetsToClients: 10 * ROUNDS,
  });
  expect(counters.requests + counters.drops.malformed + counters.drops.noAllocation).toBeGreaterThan(
    ROUNDS * PER_ROUND,
  );
  expect(counters.limitedReplies).toBeGreaterThan(0);
  expect(heard.bytes).toBeLessThan(1.5 * sentBytes);
});
