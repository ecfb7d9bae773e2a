// coturn's own clients against our TURN server: every message comes back, by every way that they know.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Secret } from "../../src/core/diagnosis/secret.js";
import {
  CombinedCredentials,
  EphemeralCredentials,
  StaticCredentials,
} from "../../src/core/turn/server/credentials.js";
import { NodeEntropy } from "../../src/node/crypto/node-entropy.js";
import { NodeClock } from "../../src/node/time/node-clock.js";
import { TurnServer } from "../../src/node/turn/turn-server.js";
import { requireCoturn } from "../setup/coturn.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../setup/test-certificate.js";
import { type EchoPair, echoPair } from "./echo-pair.js";
import { runUclient, type UclientTotals } from "./uclient.js";

const [CLIENTS, MESSAGES, BYTES] = [4, 30, 170];

/** A server by IPv4, one by IPv6, and one that sends its datagrams one by one, with a peer beside each. */
const hosts = { ipv4: "127.0.0.1", ipv6: "::1", dgram: "127.0.0.1" } as const;
type Which = keyof typeof hosts;
const servers = new Map<Which, { readonly server: TurnServer; readonly echo: EchoPair }>();

async function start(host: string, sockets: "auto" | "dgram"): Promise<TurnServer> {
  const [realm, entropy, clock] = ["floe", new NodeEntropy(), new NodeClock()] as const;
  const listed = new StaticCredentials(new Map([["alice", new Secret("wonder")]]), { realm, entropy });
  const ephemeral = new EphemeralCredentials([new Secret("north")], { wallUs: () => clock.wallUs() });
  return await TurnServer.start({
    host,
    port: 0,
    sockets,
    tls: { cert: TEST_CERTIFICATE, key: new Secret(TEST_KEY), port: 0 },
    realm,
    credentials: new CombinedCredentials([listed, ephemeral]),
    allowPeers: ["127.0.0.1", "::1"],
    limits: { allocationsPerUser: 200, allocationsPerAddress: 200 },
  });
}

beforeAll(async () => {
  for (const which of Object.keys(hosts) as Which[]) {
    const server = await start(hosts[which], which === "dgram" ? "dgram" : "auto");
    servers.set(which, { server, echo: await echoPair(hosts[which]) });
  }
});
afterAll(async () => {
  for (const { server, echo } of servers.values()) {
    await server.close();
    await echo[Symbol.asyncDispose]();
  }
});

type Run = {
  readonly which?: Which;
  readonly flags?: readonly string[];
  readonly secure?: boolean;
  readonly user?: readonly string[];
};

const ALICE = ["-u", "alice", "-w", "wonder"];

async function run({ which = "ipv4", flags = [], secure = false, user = ALICE }: Run): Promise<UclientTotals> {
  const { server, echo } = servers.get(which) as { server: TurnServer; echo: EchoPair };
  const port = secure ? server.tlsPort : server.port;
  const peer = ["-e", hosts[which], "-r", echo.port];
  // By TLS slowly: when two records come at once, it reads one and leaves the other for the next, and so misses the last.
  const load = ["-m", CLIENTS, "-n", secure ? MESSAGES / 3 : MESSAGES, "-l", BYTES, "-z", secure ? 100 : 10];
  return await runUclient([...flags, ...user, ...peer, ...load, "-p", `${port}`, hosts[which]]);
}

describe("turnutils_uclient gets every message back", () => {
  // Where it has no peer to itself, each of its clients has one for RTCP beside it, with half of the messages.
  test.concurrent.each<readonly [string, Run]>([
    ["over channels by UDP, with a second relay by EVEN-PORT and its reservation", {}],
    ["over channels by UDP, one relay each", { flags: ["-c"] }],
    ["by Send indications over UDP", { flags: ["-s"] }],
    ["over channels by TCP", { flags: ["-t"] }],
    ["by Send indications over TCP", { flags: ["-t", "-s"] }],
    ["over channels by TLS", { flags: ["-S", "-t"], secure: true }],
    ["by Send indications over TLS", { flags: ["-S", "-t", "-s"], secure: true }],
    ["from client to client by UDP", { flags: ["-y"] }],
    ["from client to client by Send indications", { flags: ["-y", "-s"] }],
    ["from client to client by TCP", { flags: ["-y", "-t"] }],
    ["through TCP relays (RFC 6062)", { flags: ["-T"] }],
    ["through TCP relays by TLS", { flags: ["-T", "-S"], secure: true }],
    ["on IPv6 (RFC 6156)", { which: "ipv6", flags: ["-x"] }],
    ["on IPv6 by TCP and Send indications", { which: "ipv6", flags: ["-x", "-t", "-s"] }],
    ["on IPv6 from client to client", { which: "ipv6", flags: ["-x", "-y"] }],
    ["over channels by UDP, datagram by datagram", { which: "dgram" }],
    ["by Send indications, datagram by datagram", { which: "dgram", flags: ["-s"] }],
    ["with requests to spare (-G) and padded channels (-D)", { flags: ["-G", "-D"] }],
    ["with an ephemeral name and password (-W)", { user: ["-u", "carol", "-W", "north"] }],
    ["with an ephemeral name by TLS", { flags: ["-S", "-t"], secure: true, user: ["-W", "north"] }],
  ])("%s", async (_, how) => {
    const { sent, received, output } = await run(how);
    const isPaired = !["-c", "-T"].some((flag) => how.flags?.includes(flag) === true);
    expect(sent, output).toBeDefined();
    expect(received, output).toBe(sent);
    const least = (CLIENTS * MESSAGES) / (how.secure === true ? 3 : 1);
    expect(sent, output).toBeGreaterThanOrEqual(least);
    expect(sent, output).toBeLessThanOrEqual(least * (isPaired ? 2 : 1));
  });

  test.concurrent.each<readonly [string, readonly string[]]>([
    ["a wrong password", ["-u", "alice", "-w", "guess"]],
    ["an unknown name", ["-u", "mallory", "-w", "wonder"]],
    ["another secret", ["-u", "carol", "-W", "south"]],
  ])("and nothing with %s", async (_, user) => {
    const { sent, output } = await run({ user, flags: ["-c"] });
    expect([sent ?? 0, /Cannot complete Allocation/.test(output)], output).toEqual([0, true]);
  });
});

test("turnutils_stunclient is told its own address", async () => {
  for (const [which, { server }] of servers) {
    const program = requireCoturn("turnutils_stunclient");
    const { stdout } = await promisify(execFile)(program, ["-p", `${server.port}`, hosts[which]]);
    expect(stdout).toMatch(
      which !== "ipv6" ? /UDP reflexive addr: 127\.0\.0\.1:\d+/ : /UDP reflexive addr: (\[::1\]|::1):\d+/,
    );
  }
});

test("nothing is left on the server when its clients are gone, and nothing was dropped", async () => {
  for (const { server } of servers.values()) {
    await expect.poll(() => server.report().connections, { timeout: 20_000 }).toBe(0);
    const { counters } = server.report();
    expect(counters.drops.overRate).toBe(0);
  }
});
