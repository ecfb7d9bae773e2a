// The transport over werift with STUN and TURN servers: those of this package, on loopback.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../../src/core/diagnosis/logger.js";
import { Secret } from "../../../../src/core/diagnosis/secret.js";
import { StaticCredentials } from "../../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../../src/node/crypto/node-entropy.js";
import { TurnServer } from "../../../../src/node/turn/turn-server.js";
import { RelayWay } from "../../../../src/node/webrtc/werift/relay-way.js";
import { WeriftLibrary } from "../../../../src/node/webrtc/werift/werift-library.js";
import { connect } from "../../../compliance/connection.js";
import { rtp } from "../../../compliance/packets.js";
import { WeriftFarEnd } from "../../../compliance/werift-far-end.js";

const USER = { username: "ada", credential: new Secret("s3cret") };
let library: WeriftLibrary;

beforeAll(async () => {
  library = await WeriftLibrary.acquire();
});

async function startServer(): Promise<TurnServer> {
  const server = await TurnServer.start({
    credentials: new StaticCredentials(new Map([[USER.username, USER.credential]]), {
      realm: "floe",
      entropy: new NodeEntropy(),
    }),
    host: "127.0.0.1",
    port: 0,
    allowPeers: ["127.0.0.0/8"],
  });
  onTestFinished(() => server.close());
  return server;
}

test("addresses of servers are told beside its own; servers that say nothing are done without", async () => {
  const { port } = await startServer();
  const nobody = createSocket("udp4").bind(0, "127.0.0.1");
  await once(nobody, "listening");
  onTestFinished(() => void nobody.close());
  const iceServers = [
    { urls: [`stun:127.0.0.1:${port}`, `stun:127.0.0.1:${nobody.address().port}`] },
    { urls: [`turn:127.0.0.1:${port}`, `turn:127.0.0.1:${port}?transport=tcp`], ...USER },
  ];
  const { near, far, candidates } = await connect(library, () => WeriftFarEnd.open(), { config: { iceServers } });
  const kinds = (): (string | undefined)[] => candidates.map(({ candidate }) => candidate.split(" ")[7]);
  await expect.poll(() => kinds().filter((kind) => kind === "relay").length).toBe(2);
  expect(new Set(kinds())).toEqual(new Set(["host", "srflx", "relay"]));
  // It does not wait for the one that is silent.
  const arrived = new Promise<Buffer>((resolve) => far.received.on(resolve));
  near.media("video")?.send(rtp(1));
  expect(await arrived).toEqual(rtp(1));
  near.close();
  await far.close();
});

test.each(["", "?transport=tcp"])("a relay%s carries datagrams both ways", async (transport) => {
  const { port } = await startServer();
  const signal = AbortSignal.timeout(10_000);
  const way = await RelayWay.open(`turn:127.0.0.1:${port}${transport}`, USER, { signal, logger: Logger.silent() });
  onTestFinished(() => way.close());
  const peer = createSocket("udp4").bind(0, "127.0.0.1");
  await once(peer, "listening");
  onTestFinished(() => void peer.close());
  const came = once(peer, "message");
  // What is sent before the server has let the peer in is lost, as on any network.
  const again = setInterval(() => way.send(Buffer.from("there"), "127.0.0.1", peer.address().port), 20);
  const [bytes, from] = await came;
  clearInterval(again);
  expect([bytes.toString(), from.port]).toEqual(["there", way.relayed.port]);
  const back = new Promise<string>((resolve) => {
    way.received = (received, host, fromPort) => resolve(`${received} ${host} ${fromPort}`);
  });
  peer.send("back", way.relayed.port, "127.0.0.1");
  expect(await back).toBe(`back 127.0.0.1 ${peer.address().port}`);
});

test("servers that it has no use for are named", () => {
  const iceServers = [
    { urls: ["stun:a.example", "stuns:a.example", "stun:a.example?transport=tcp"] },
    { urls: ["turn:b.example", "turns:b.example"], ...USER },
  ];
  expect(library.unusedServers({ iceServers })).toEqual(["stuns:a.example", "stun:a.example?transport=tcp"]);
});
