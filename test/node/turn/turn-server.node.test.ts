// The TURN server on real loopback sockets: every transport towards clients, both towards peers, and its life.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import {
  formatTransportAddress,
  parseIpAddress,
  type TransportAddress,
} from "../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import { TurnServer } from "../../../src/node/turn/turn-server.js";
import type { TurnServerOptions } from "../../../src/node/turn/turn-server-options.js";
import { bind, channelData, codeOf, peer, sendIndication } from "../../core/turn/turn-world.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../setup/test-certificate.js";
import { LiveClient, LivePeer, REALM } from "./live-client.js";

const LOOPBACK = ["127.0.0.0/8", "::1"];
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

function opened<T extends { close(): Promise<void> }>(each: T): T {
  closers.push(() => each.close());
  return each;
}

async function startServer(options: Partial<TurnServerOptions> = {}): Promise<TurnServer> {
  const passwords = new Map([
    ["alice", new Secret("wonder")],
    ["bob", new Secret("builder")],
  ]);
  const credentials = new StaticCredentials(passwords, { realm: REALM, entropy: new NodeEntropy() });
  return opened(
    await TurnServer.start({
      credentials,
      host: "127.0.0.1",
      port: 0,
      allowPeers: LOOPBACK,
      ...options,
    }),
  );
}

const client = async (...args: Parameters<typeof LiveClient.open>): Promise<LiveClient> =>
  opened(await LiveClient.open(...args));
const openPeer = async (host?: string): Promise<LivePeer> => opened(await LivePeer.open(host));
async function listeningPeer(): Promise<{ readonly server: Server; readonly address: TransportAddress }> {
  const server = createServer().listen(0, "127.0.0.1");
  closers.push(() => new Promise((resolve) => void server.close(() => resolve())));
  await once(server, "listening");
  return { server, address: parseIpAddress("127.0.0.1", (server.address() as { port: number }).port) };
}

const hello = Uint8Array.of(104, 101, 108, 108, 111);
const tls = { cert: TEST_CERTIFICATE, key: new Secret(TEST_KEY), port: 0 };

describe.for(["koffi", "dgram"] as const)("relaying, datagrams by %s", (sockets) => {
  const start = (options: Partial<TurnServerOptions> = {}): Promise<TurnServer> => startServer({ sockets, ...options });

  test.for(["udp", "tcp", "tls"] as const)("a client by %s sends and receives on a channel", async (via) => {
    const server = await start({ tls });
    const alice = await client(via, (via === "tls" ? server.tlsPort : server.port) ?? 0);
    const far = await openPeer();
    const relayed = await alice.allocate();
    expect(codeOf(await alice.request(StunMethod.channelBind, bind(0x4000, far.address)))).toBe(0);
    alice.send(channelData(0x4000, hello, { padded: via !== "udp" }));
    expect(await far.next()).toEqual({ bytes: hello, from: relayed });
    far.send(relayed, hello);
    expect((await alice.next()).slice(0, 9)).toEqual(channelData(0x4000, hello));
    expect(server.report()).toMatchObject({
      packetsToPeers: 1,
      packetsToClients: 1,
      bytesToPeers: 5,
      bytesToClients: 5,
    });
  });

  test.for(["udp", "tcp"] as const)("a client by %s sends and receives indications", async (via) => {
    const server = await start();
    const alice = await client(via, server.port);
    const far = await openPeer();
    const relayed = await alice.allocate();
    await alice.request(StunMethod.createPermission, peer(far.address));
    alice.send(sendIndication(far.address, hello));
    expect((await far.next()).bytes).toEqual(hello);
    far.send(relayed, hello);
    const data = StunMessage.parse(await alice.next());
    expect([
      Uint8Array.from(data.value(StunAttribute.data) ?? []),
      data.xorAddress(StunAttribute.xorPeerAddress),
    ]).toEqual([hello, far.address]);
  });

  test("a burst of packets passes both ways in order and without loss", async () => {
    const server = await start({ limits: { bitrateBps: 1_000_000_000 } });
    const alice = await client("udp", server.port);
    const far = await openPeer();
    far.echo();
    await alice.allocate();
    await alice.request(StunMethod.channelBind, bind(0x4001, far.address));
    for (let burst = 0; burst < 10; burst++) {
      const sent = Array.from({ length: 50 }, (_, i) => new Uint8Array(200 + burst * 100).fill(i));
      for (const payload of sent) {
        alice.send(channelData(0x4001, payload));
      }
      for (const payload of sent) {
        expect(Buffer.compare(await alice.next(), channelData(0x4001, payload))).toBe(0);
      }
    }
    expect(server.report().sockets.counters).toMatchObject({ sendBufferFull: 0, sendFailed: 0, tooLong: 0 });
  });

  test("a datagram that fits no slot is dropped and counted", async () => {
    const server = await start();
    const alice = await client("udp", server.port);
    const far = await openPeer();
    const relayed = await alice.allocate();
    await alice.request(StunMethod.channelBind, bind(0x4000, far.address));
    far.send(relayed, new Uint8Array(5000));
    far.send(relayed, hello);
    expect((await alice.next()).subarray(0, 9)).toEqual(channelData(0x4000, hello));
    expect(server.report().sockets.counters.tooLong).toBe(1);
  });

  test("IPv6 clients and peers are served, and a client gets both families at once (RFC 8656 7.2)", async () => {
    const server = await start({ host: "::1", relayHosts: ["127.0.0.1", "::1"] });
    const alice = await client("udp", server.port, { host: "::1" });
    const [far4, far6] = [await openPeer(), await openPeer("::1")];
    await alice.allocate((w) => w.family(StunAttribute.additionalAddressFamily, 6));
    await alice.request(StunMethod.channelBind, bind(0x4000, far4.address));
    await alice.request(StunMethod.channelBind, bind(0x4001, far6.address));
    alice.send(channelData(0x4000, hello));
    alice.send(channelData(0x4001, hello));
    const [from4, from6] = [await far4.next(), await far6.next()];
    expect([from4.from.family, from6.from.family]).toEqual([4, 6]);
    far6.send(from6.from, hello, "::1");
    expect(await alice.next()).toEqual(channelData(0x4001, hello));
  });

  test("a client by IPv4 on a server for both families is seen as IPv4", async () => {
    const server = await start({ host: "::", relayHosts: ["127.0.0.1"] });
    for (const via of ["udp", "tcp"] as const) {
      const alice = await client(via, server.port);
      const answer = await alice.exchange(alice.write(StunMethod.binding, () => {}, { sign: false }));
      expect(answer.xorAddress(StunAttribute.xorMappedAddress)).toEqual(alice.local);
    }
  });

  test("behind a wildcard an answer leaves from the address that was asked", async () => {
    const server = await start({ host: "0.0.0.0", relayHosts: ["127.0.0.1"] });
    expect(server.report().sockets.listening).toContain(`127.0.0.1:${server.port}`);
    // The client hears only what comes from the address that it asked.
    const alice = await client("udp", server.port);
    const answer = await alice.exchange(alice.write(StunMethod.binding, () => {}, { sign: false }));
    expect(answer.messageClass).toBe(StunClass.success);
  });

  test("EVEN-PORT reserves the next port, and its token gets it", async () => {
    const server = await start();
    const alice = await client("udp", server.port);
    const answer = await alice.request(StunMethod.allocate, (w) =>
      w.octet(StunAttribute.requestedTransport, 17).evenPort({ reserveNext: true }),
    );
    const first = answer.xorAddress(StunAttribute.xorRelayedAddress) as TransportAddress;
    const token = answer.value(StunAttribute.reservationToken) as Uint8Array;
    const second = await client("udp", server.port);
    const relayed = await second.allocate((w) => w.attribute(StunAttribute.reservationToken, token));
    expect([first.port % 2, relayed.port]).toEqual([0, first.port + 1]);
  });

  test("an external address is what peers are told", async () => {
    const server = await start({ externalIp: "203.0.113.7" });
    const alice = await client("udp", server.port);
    expect(formatTransportAddress({ ...(await alice.allocate()), port: 1 })).toBe("203.0.113.7:1");
    expect(server.relayAddresses).toEqual(["203.0.113.7"]);
  });

  test("this machine's own addresses are refused but for the ports that are ours", async () => {
    const far = await openPeer();
    const server = await start({ allowPeers: [], ownPorts: (port) => port === far.address.port });
    const alice = await client("udp", server.port);
    await alice.allocate();
    const other = { ...far.address, port: far.address.port ^ 1 };
    expect(codeOf(await alice.request(StunMethod.channelBind, bind(0x4000, other)))).toBe(403);
    expect(codeOf(await alice.request(StunMethod.channelBind, bind(0x4000, far.address)))).toBe(0);
    alice.send(sendIndication(other, hello));
    alice.send(channelData(0x4000, hello));
    expect((await far.next()).bytes).toEqual(hello);
    expect(server.report().counters.drops.denied).toBe(1);
  });
});

const start = startServer;

describe("TCP towards peers (RFC 6062)", () => {
  const connectionId = (answer: StunMessage): number => answer.u32(StunAttribute.connectionId) as number;

  test("Connect reaches a peer from the relayed address, and bytes pass both ways", async () => {
    const server = await start();
    const { server: listening, address: to } = await listeningPeer();
    const control = await client("tcp", server.port);
    const relayed = await control.allocate(() => {}, 6);
    const accepted = once(listening, "connection") as Promise<[Socket]>;
    const id = connectionId(await control.request(StunMethod.connect, peer(to)));
    const [far] = await accepted;
    expect(far.remotePort).toBe(relayed.port);
    far.write("early");

    const data = await client("tcp", server.port);
    expect(codeOf(await data.bindConnection(id, control.nonce))).toBe(0);
    expect(await data.read(5)).toEqual(Uint8Array.from(Buffer.from("early")));
    data.send(hello);
    expect(await once(far, "data")).toEqual([Buffer.from(hello)]);
    far.write(hello);
    expect(await data.read(5)).toEqual(hello);
    expect(server.report()).toMatchObject({ peerConnections: 1, bytesToPeers: 5, bytesToClients: 10 });
    far.end();
    await data.closed;
    expect(server.report().peerConnections).toBe(0);
  });

  test("a peer that was let in connects to the relayed address, before a Connect and after it", async () => {
    const server = await start();
    const to = await listeningPeer();
    const control = await client("tcp", server.port);
    const relayed = await control.allocate(() => {}, 6);
    await control.request(StunMethod.createPermission, peer(to.address));
    const meet = async (): Promise<void> => {
      const far = connect(relayed.port, "127.0.0.1").on("error", () => {});
      closers.push(async () => void far.destroy());
      const attempt = StunMessage.parse(await control.next());
      expect(attempt.method).toBe(StunMethod.connectionAttempt);
      const data = await client("tcp", server.port);
      expect(codeOf(await data.bindConnection(connectionId(attempt), control.nonce))).toBe(0);
      far.write("from the peer");
      expect(Buffer.from(await data.read(13)).toString()).toBe("from the peer");
    };
    await meet();
    const accepted = once(to.server, "connection");
    expect(codeOf(await control.request(StunMethod.connect, peer(to.address)))).toBe(0);
    await accepted;
    await meet();
  });

  test("two TCP relays of one server meet, and neither reaches what else listens on its machine", async () => {
    const server = await start({ allowPeers: [] });
    const [near, far] = [await client("tcp", server.port), await client("tcp", server.port)];
    const [nearRelay, farRelay] = [await near.allocate(() => {}, 6), await far.allocate(() => {}, 6)];
    const other = await listeningPeer();
    expect(codeOf(await near.request(StunMethod.connect, peer(other.address)))).toBe(403);
    expect(codeOf(await near.request(StunMethod.connect, peer(nearRelay)))).toBe(403);
    expect(codeOf(await far.request(StunMethod.createPermission, peer(nearRelay)))).toBe(0);
    const id = connectionId(await near.request(StunMethod.connect, peer(farRelay)));
    const attempt = StunMessage.parse(await far.next());
    expect(attempt.xorAddress(StunAttribute.xorPeerAddress)).toEqual(nearRelay);
    const [nearData, farData] = [await client("tcp", server.port), await client("tcp", server.port)];
    expect(codeOf(await nearData.bindConnection(id, near.nonce))).toBe(0);
    expect(codeOf(await farData.bindConnection(connectionId(attempt), far.nonce))).toBe(0);
    nearData.send(hello);
    expect(await farData.read(5)).toEqual(hello);
    farData.send(hello);
    expect(await nearData.read(5)).toEqual(hello);
  });

  test("a peer that was not let in is cut off, and one that is not there is 447", async () => {
    const server = await start();
    const control = await client("tcp", server.port);
    const relayed = await control.allocate(() => {}, 6);
    const far = connect(relayed.port, "127.0.0.1").on("error", () => {});
    await once(far, "close");
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as { port: number };
    nobody.close();
    await once(nobody, "close");
    const answer = await control.request(StunMethod.connect, peer(parseIpAddress("127.0.0.1", port)));
    expect(codeOf(answer)).toBe(447);
  });

  test("a megabyte passes each way, however slow the reader and the rate", async () => {
    const server = await start({ limits: { bitrateBps: 80_000_000 } });
    const to = await listeningPeer();
    const control = await client("tcp", server.port);
    await control.allocate(() => {}, 6);
    const accepted = once(to.server, "connection") as Promise<[Socket]>;
    const id = connectionId(await control.request(StunMethod.connect, peer(to.address)));
    const [far] = await accepted;
    const data = await client("tcp", server.port);
    await data.bindConnection(id, control.nonce);
    const million = Buffer.alloc(1_000_000, 7);
    data.send(million);
    const got: Buffer[] = [];
    let gotBytes = 0;
    far.on("data", (bytes: Buffer) => {
      got.push(bytes);
      gotBytes += bytes.length;
      if (gotBytes === million.length) {
        far.end(million);
      }
    });
    expect(Buffer.compare(Buffer.from(await data.readAll()), million)).toBe(0);
    expect(Buffer.compare(Buffer.concat(got), million)).toBe(0);
  });
});

describe("its life", () => {
  test("a port that is in use is said in words, with the fix, and nothing stays open", async () => {
    const taken = createSocket("udp4").bind({ address: "127.0.0.1", port: 0, exclusive: true });
    await once(taken, "listening");
    const { port } = taken.address();
    await expect(start({ port })).rejects.toMatchObject({
      code: "turn/address-in-use",
      message: `UDP 127.0.0.1:${port} is in use by another program`,
      fix: expect.stringContaining("--turn-port") as string,
    });
    taken.close();
    await once(taken, "close");
    await start({ port });
  });

  test("a host, a relay address or a certificate that cannot be is said before anything is opened", async () => {
    await expect(start({ host: "somewhere" })).rejects.toMatchObject({ code: "turn/host" });
    await expect(start({ host: "203.0.113.9" })).rejects.toMatchObject({ code: "turn/no-such-address" });
    await expect(start({ relayHosts: ["127.0.0.1", "127.0.0.2"] })).rejects.toMatchObject({
      code: "turn/relay-address",
    });
    await expect(start({ externalIp: "2001:db8::1" })).rejects.toMatchObject({ code: "turn/external-ip" });
    const bad = { ...tls, cert: "no certificate" };
    await expect(start({ tls: bad })).rejects.toMatchObject({ code: "turn/bad-certificate" });
  });

  test("close ends every allocation, closes every socket and is quiet when called again", async () => {
    const server = await start({ tls });
    const reasons: string[] = [];
    server.events.on((event) => reasons.push(event.kind === "released" ? event.reason : event.kind));
    const [udp, tcp] = [await client("udp", server.port), await client("tcp", server.port)];
    const silent = connect(server.tlsPort ?? 0, "127.0.0.1").on("error", () => {});
    await once(silent, "connect");
    await udp.allocate();
    await tcp.allocate(() => {}, 6);
    await Promise.all([server.close(), server.close(), tcp.closed, once(silent, "close")]);
    expect(reasons).toEqual(["allocated", "allocated", "shutdown", "shutdown"]);
    expect(server.report()).toMatchObject({ allocations: 0, connections: 0, sockets: { relays: 0 } });
    await start({ port: server.port });
  });

  test("a user whose credentials were taken back loses what they have", async () => {
    const server = await start();
    const [alice, bob] = [
      await client("udp", server.port),
      await client("udp", server.port, { user: "bob", password: "builder" }),
    ];
    await alice.allocate();
    await bob.allocate();
    server.endUser("alice");
    expect(server.report()).toMatchObject({ allocations: 1, sockets: { relays: 1 } });
    expect(codeOf(await alice.request(StunMethod.refresh))).toBe(437);
    expect(codeOf(await bob.request(StunMethod.refresh))).toBe(0);
  });

  test("credentials may be looked up elsewhere and answered later", async () => {
    const key = StunKey.longTerm("carol", REALM, "secret");
    const queries: number[] = [];
    const server = await start({
      credentials: {
        find: ({ id }) => {
          queries.push(id);
          return "later";
        },
      },
    });
    const carol = await client("udp", server.port, { user: "carol", password: "secret" });
    const allocated = carol.allocate();
    await expect.poll(() => queries.length).toBe(1);
    server.answerCredentials(queries[0], { keys: [key], isKnown: true, user: "carol" });
    expect((await allocated).family).toBe(4);
  });

  test("a listener that throws breaks nothing", async () => {
    const server = await start();
    server.events.on(() => {
      throw new Error("not my day");
    });
    const alice = await client("udp", server.port);
    expect((await alice.allocate()).family).toBe(4);
  });
});
