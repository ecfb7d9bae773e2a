// Our TURN client against our TURN server, on sockets: what only the two together can do.
import { afterEach, describe, expect, test } from "vitest";
import { Secret } from "../../../../src/core/diagnosis/secret.js";
import { formatIpAddress, parseIpAddress } from "../../../../src/core/net/transport-address.js";
import { StaticCredentials } from "../../../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../../../src/node/crypto/node-entropy.js";
import { queryStun } from "../../../../src/node/stun/stun-socket.js";
import { TurnClient } from "../../../../src/node/turn/client/turn-client.js";
import type { TurnConnectOptions } from "../../../../src/node/turn/client/turn-client-options.js";
import { TurnServer } from "../../../../src/node/turn/turn-server.js";
import type { TurnServerOptions } from "../../../../src/node/turn/turn-server-options.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../../setup/test-certificate.js";
import { tcpEcho, udpEcho } from "./echo-peers.js";

type Transport = "udp" | "tcp" | "tls";

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

async function serve(more: Partial<TurnServerOptions> = {}): Promise<TurnServer> {
  const [realm, entropy] = ["floe", new NodeEntropy()] as const;
  const server = await TurnServer.start({
    host: "127.0.0.1",
    port: 0,
    tls: { cert: TEST_CERTIFICATE, key: new Secret(TEST_KEY), port: 0 },
    realm,
    credentials: new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm, entropy }),
    allowPeers: ["127.0.0.1", "::1"],
    ...more,
  });
  ends.push(() => server.close());
  return server;
}

function urlOf(server: TurnServer, transport: Transport, host = "127.0.0.1"): string {
  return transport === "tls" ? `turns:${host}:${server.tlsPort}` : `turn:${host}:${server.port}?transport=${transport}`;
}

async function connect(url: string, more: Partial<TurnConnectOptions> = {}): Promise<TurnClient> {
  const credentials = { username: "alice", credential: new Secret("wonder"), tls: { ca: TEST_CERTIFICATE } };
  const client = await TurnClient.connect({ url, ...credentials, ...more });
  ends.push(() => client.close());
  return client;
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** Resolves with the next thing that a client hears. */
function next(client: TurnClient): Promise<string> {
  return new Promise((resolve) => {
    const listening = client.received.on(({ bytes }) => {
      listening[Symbol.dispose]();
      resolve(new TextDecoder().decode(bytes));
    });
  });
}

describe.each(["udp", "tcp", "tls"] as const)("by %s", (transport) => {
  test("two clients meet at their relayed addresses, each by its own way", async () => {
    const server = await serve();
    const a = await connect(urlOf(server, transport));
    const b = await connect(urlOf(server, "udp"));
    await Promise.all([a.bind(b.relayedAddress), b.permit(a.relayedAddress)]);
    const [atA, atB] = [next(a), next(b)];
    a.send(b.relayedAddress, text("by channel"));
    b.send(a.relayedAddress, text("by indication"));
    expect(await Promise.all([atA, atB])).toEqual(["by indication", "by channel"]);
  });

  test("a mapped address is told before and after the allocation", async () => {
    const server = await serve();
    const url = urlOf(server, transport);
    const answer = await queryStun(url, { tls: { ca: TEST_CERTIFICATE } });
    expect(answer.mappedAddress).toEqual(answer.localAddress);
    const { allocation } = await connect(url);
    expect(formatIpAddress(allocation.mappedAddress)).toBe("127.0.0.1");
  });

  test("a wrong password, a full server and a user who is ended, in words", async () => {
    const server = await serve({ limits: { allocations: 1 } });
    const url = urlOf(server, transport);
    await expect(connect(url, { credential: "guess" })).rejects.toMatchObject({ code: "turn/unauthorized" });
    const client = await connect(url);
    await expect(connect(url)).rejects.toMatchObject({ code: "turn/quota" });
    server.endUser("alice");
    expect(server.report().allocations).toBe(0);
    // Nobody tells a client: it hears of it when it asks for something.
    await expect(client.permit(parseIpAddress("127.0.0.1"))).rejects.toMatchObject({ code: "turn/mismatch" });
  });

  test("the close is confirmed by the server", async () => {
    const server = await serve();
    const released = new Promise((resolve) => {
      server.events.on((event) => event.kind === "released" && resolve(event.reason));
    });
    await (await connect(urlOf(server, transport))).close();
    expect(server.report().allocations).toBe(0);
    expect(await released).toBe("refreshed-to-zero");
  });
});

test("both families at once, each to its own peers", async () => {
  const server = await serve({ host: "127.0.0.1", relayHosts: ["127.0.0.1", "::1"] });
  const client = await connect(urlOf(server, "udp"), { family: "both" });
  expect(client.allocation.relayedAddresses.map(formatIpAddress)).toEqual(["127.0.0.1", "::1"]);
  for (const host of ["127.0.0.1", "::1"]) {
    await using echo = await udpEcho(host);
    await client.bind(echo.address);
    const heard = next(client);
    client.send(echo.address, text(host));
    expect(await heard).toBe(host);
  }
});

test("a server is reached by IPv6 where it has that only", async () => {
  const server = await serve({ host: "::1" });
  const client = await connect(urlOf(server, "tls", "[::1]"), { family: 6 });
  expect(formatIpAddress(client.relayedAddress)).toBe("::1");
});

describe("relays by TCP", () => {
  test("many peers are reached at once from one relayed address, and the server can be closed afterwards", async () => {
    const server = await serve();
    const client = await connect(urlOf(server, "tcp"), { relay: "tcp" });
    const echoes = await Promise.all(Array.from({ length: 12 }, () => tcpEcho()));
    ends.push(() => Promise.all(echoes.map((echo) => echo[Symbol.asyncDispose]())));
    const later = new Promise<void>((resolve) => setImmediate(resolve));
    const streams = await Promise.all(
      echoes.map(async ({ address }, i) => {
        // Not all in one turn of the loop: some come while the listener steps back into its place.
        await (i % 3 === 0 ? later : i % 3 === 1 ? Promise.resolve() : later.then(() => later));
        return await client.connectPeer(address);
      }),
    );
    const heard = streams.map(
      (stream, i) =>
        new Promise((resolve) => {
          stream.once("data", (bytes) => resolve(String(bytes)));
          stream.write(text(`peer ${i}`));
        }),
    );
    expect(await Promise.all(heard)).toEqual(streams.map((_, i) => `peer ${i}`));
    expect(server.report().sockets.counters.relaysFailed).toBe(0);
    await client.close();
    await server.close();
  });

  test("megabytes pass in order, at the reader's pace", async () => {
    const server = await serve({ limits: { bitrateBps: 1e9 } });
    const client = await connect(urlOf(server, "tls"), { relay: "tcp" });
    await using echo = await tcpEcho();
    const stream = await client.connectPeer(echo.address);
    const sent = new Uint8Array(4_000_000).map((_, i) => (i * 7) ^ (i >> 8));
    stream.write(sent);
    let count = 0;
    let isSame = true;
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      isSame &&= piece.every((byte, i) => byte === sent[count + i]);
      count += piece.length;
      if (count >= sent.length) {
        break;
      }
    }
    expect([count, isSame]).toEqual([sent.length, true]);
  });
});
