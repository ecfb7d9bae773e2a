// Clients on streams who do not read: they lose packets, never more memory than a bound, and nobody else notices.
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { StunMethod } from "../../../src/core/stun/stun-constants.js";
import { StaticCredentials } from "../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../src/node/crypto/node-entropy.js";
import { ClientStreams } from "../../../src/node/turn/client-streams.js";
import { newSocketCounters } from "../../../src/node/turn/socket-counters.js";
import { TurnServer } from "../../../src/node/turn/turn-server.js";
import { bind, channelData, codeOf } from "../../core/turn/turn-world.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../setup/test-certificate.js";
import { LiveClient, LivePeer, REALM } from "./live-client.js";

const BURST = 50;
const PACKET_BYTES = 1000;

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(): Promise<TurnServer> {
  const passwords = new Map([["alice", new Secret("wonder")]]);
  const credentials = new StaticCredentials(passwords, { realm: REALM, entropy: new NodeEntropy() });
  const server = await TurnServer.start({
    credentials,
    host: "127.0.0.1",
    port: 0,
    tls: { cert: TEST_CERTIFICATE, key: new Secret(TEST_KEY), port: 0 },
    allowPeers: ["127.0.0.0/8"],
    limits: { bitrateBps: 1e10 },
  });
  closers.push(() => server.close());
  return server;
}

test.for([
  "tcp",
  "tls",
] as const)("relayed packets to a client by %s who does not read are dropped, and later ones arrive whole", async (via) => {
  const server = await start();
  const port = (via === "tls" ? server.tlsPort : server.port) ?? 0;
  const [slow, quick] = [await LiveClient.open(via, port), await LiveClient.open(via, port)];
  const far = await LivePeer.open();
  closers.push(
    () => slow.close(),
    () => quick.close(),
    () => far.close(),
  );
  const relayed = await slow.allocate();
  const other = await quick.allocate();
  for (const client of [slow, quick]) {
    await client.request(StunMethod.channelBind, bind(0x4000, far.address));
  }
  slow.setReading(false);
  const drops = (): number => server.report().sockets.counters.slowClientDrops;
  let sent = 0;
  while (drops() < 200) {
    const { packetsToClients } = server.report();
    for (let i = 0; i < BURST; i++) {
      far.send(relayed, new Uint8Array(PACKET_BYTES).fill(sent++ & 255));
    }
    await expect.poll(() => server.report().packetsToClients, { interval: 1 }).toBe(packetsToClients + BURST);
  }
  far.send(other, Uint8Array.of(1, 2, 3));
  expect((await quick.next()).slice(0, 7)).toEqual(channelData(0x4000, Uint8Array.of(1, 2, 3)));

  slow.setReading(true);
  // Answers were never dropped, and frames are never cut: the stream is still one that can be read.
  expect(codeOf(await slow.request(StunMethod.refresh))).toBe(0);
  far.send(relayed, Uint8Array.of(4, 5, 6));
  const arrived: Uint8Array[] = [];
  do {
    arrived.push(await slow.next());
  } while (arrived.at(-1)?.[3] !== 3);
  expect(arrived.slice(0, -1).every((frame) => frame.length === PACKET_BYTES + 4 && frame[4] === frame[1003])).toBe(
    true,
  );
  expect(arrived.length - 1 + drops()).toBe(sent);
  expect(server.report().sockets.counters.slowClientsCut).toBe(0);
});

test("a client who reads no answers either is cut, and told of once", async () => {
  const counters = newSocketCounters();
  const closed: number[] = [];
  const opened: number[] = [];
  const streams = new ClientStreams({
    counters,
    maxConnections: 10,
    maxTlsPerAddress: 10,
    events: {
      opened: (connection) => opened.push(connection),
      segment: () => {},
      closed: (connection) => closed.push(connection),
    },
  });
  closers.push(() => streams.end());
  const port = await streams.listen(parseIpAddress("127.0.0.1"));
  const rude = connect(port, "127.0.0.1").pause();
  rude.on("error", () => {});
  closers.push(() => Promise.resolve(rude.destroy()));
  await expect.poll(() => opened.length).toBe(1);
  while (counters.slowClientsCut === 0) {
    streams.send(opened[0], new Uint8Array(65_536));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => closed).toEqual(opened);
  streams.send(opened[0], Uint8Array.of(1));
  streams.close(opened[0]);
  expect(counters.slowClientsCut).toBe(1);
});
