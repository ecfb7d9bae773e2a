// The relay beside a page, on real sockets: who gets credentials, what they open, and what happens when it cannot start.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../../src/core/diagnosis/logger.js";
import { parseIpAddress } from "../../../../src/core/net/transport-address.js";
import { StunAttribute, StunClass, StunMethod } from "../../../../src/core/stun/stun-constants.js";
import type { PartialServerConfig } from "../../../../src/node/server/config/server-config.js";
import { FloeServer } from "../../../../src/node/server/floe-server.js";
import type { ServerEvent } from "../../../../src/node/server/server-event.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../../setup/test-certificate.js";
import { ask } from "../../http/raw-http.js";
import { LiveClient, LivePeer } from "../../turn/live-client.js";
import { answers, api, event, startServer, temporaryFolder, webRoot } from "../server-fixture.js";

type IceServer = { readonly urls: readonly string[]; readonly username?: string; readonly credential?: string };

async function iceServers(server: FloeServer, headers: Record<string, string> = {}): Promise<readonly IceServer[]> {
  return (await api(server, "/api/config", headers)).body.iceServers as readonly IceServer[];
}

/** The port of a running relay. */
function turnPort(server: FloeServer): number {
  const { turn } = server;
  if (turn.kind !== "running") {
    throw new Error(`the relay is ${turn.kind}`);
  }
  return turn.port;
}

/** A client with what the page is given. */
async function pageClient(server: FloeServer, via: "udp" | "tcp" | "tls" = "udp"): Promise<LiveClient> {
  const [, { username = "", credential = "" }] = await iceServers(server);
  const { turn } = server;
  const port = via === "tls" && turn.kind === "running" ? (turn.tlsPort ?? 0) : turnPort(server);
  const client = await LiveClient.open(via, port, { user: username, password: credential });
  onTestFinished(() => client.close());
  return client;
}

/** Holds a port on 127.0.0.1 by UDP or by TCP. */
async function hold(kind: "udp" | "tcp", port = 0): Promise<number> {
  if (kind === "udp") {
    const socket = createSocket("udp4").bind({ port, address: "127.0.0.1", exclusive: true });
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    return socket.address().port;
  }
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as { readonly port: number }).port;
}

describe("/api/config", () => {
  test("offers STUN, TURN by UDP and by TCP at the host of the page, with credentials of its own for each page", async () => {
    const server = await startServer();
    const port = turnPort(server);
    const [first, second] = [await iceServers(server), await iceServers(server)];
    expect(first).toEqual([
      { urls: [`stun:127.0.0.1:${port}`] },
      {
        urls: [`turn:127.0.0.1:${port}?transport=udp`, `turn:127.0.0.1:${port}?transport=tcp`],
        username: expect.stringMatching(/^\d{10}:page-[\w-]{12}$/),
        credential: expect.stringMatching(/^[\w+/]{27}=$/),
      },
    ]);
    expect(second[1].username).not.toBe(first[1].username);
    const expiresInSec = Number(first[1].username?.split(":")[0]) - Date.now() / 1000;
    expect(expiresInSec).toBeGreaterThan(3000);
    expect(expiresInSec).toBeLessThanOrEqual(3600);
  });

  test("offers turns: too, once there is a certificate, by a name that it is for", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "chain.pem"), TEST_CERTIFICATE);
    writeFileSync(join(folder, "key.pem"), TEST_KEY);
    const tls = { cert: join(folder, "chain.pem"), key: join(folder, "key.pem"), port: 0 };
    const server = await startServer({ turn: { tls } });
    const { turn } = server;
    const tlsPort = turn.kind === "running" ? turn.tlsPort : undefined;
    expect((await iceServers(server))[1].urls[2]).toBe(`turns:127.0.0.1:${tlsPort}?transport=tcp`);
    expect((await (await pageClient(server, "tls")).allocate()).port).toBeGreaterThanOrEqual(49_152);
    const elsewhere = await startServer({ turn: { tls, externalIp: "203.0.113.5" } });
    expect((await iceServers(elsewhere))[1].urls[2]).toMatch(/^turns:localhost:\d+\?/);
  });

  test("names the external address, and behind it the host by which the page was asked for", async () => {
    const external = await startServer({ webrtc: { externalIp: ["203.0.113.5"] } });
    expect((await iceServers(external))[0].urls[0]).toBe(`stun:203.0.113.5:${turnPort(external)}`);
    const both = await startServer({ webrtc: { externalIp: ["2001:db8::5", "203.0.113.5"] } });
    expect((await iceServers(both))[0].urls[0]).toContain("203.0.113.5");
    const wide = await startServer({ http: { host: "0.0.0.0", insecure: true } });
    const httpPort = Number(new URL(wide.url).port);
    const { body } = await ask(httpPort, "/api/config", { headers: { Host: "cam.example.org:8080" } });
    const [stun] = (JSON.parse(body) as { iceServers: readonly IceServer[] }).iceServers;
    expect(stun.urls).toEqual([`stun:cam.example.org:${turnPort(wide)}`]);
  });

  test("lists what the configuration names before its own, and nothing of its own when it is switched off", async () => {
    const server = await startServer({ webrtc: { iceServers: "stun:stun.example.org:3478" } });
    expect((await iceServers(server)).map(({ urls }) => urls[0])).toEqual([
      "stun:stun.example.org:3478",
      `stun:127.0.0.1:${turnPort(server)}`,
      `turn:127.0.0.1:${turnPort(server)}?transport=udp`,
    ]);
    const off = await startServer({ turn: { enabled: false } });
    expect(await iceServers(off)).toEqual([]);
    expect(off.turn).toEqual({ kind: "off" });
    expect(off.status()).toMatchObject({ turn: { enabled: false, running: false } });
  });

  test("gives credentials to those only who present the token, once there is one", async () => {
    const server = await startServer({ auth: { token: "t0p-s3cret" } });
    const refused = await api(server, "/api/config");
    expect(refused.status).toBe(401);
    expect(refused.text).not.toMatch(/credential|turn/);
    const [, turn] = await iceServers(server, { authorization: "Bearer t0p-s3cret" });
    const { username = "", credential = "" } = turn;
    const client = await LiveClient.open("udp", turnPort(server), { user: username, password: credential });
    onTestFinished(() => client.close());
    expect((await client.allocate()).port).toBeGreaterThanOrEqual(49_152);
  });

  test("may be read by pages of listed origins, the token in a header, and by no others", async () => {
    const server = await startServer({ auth: { token: "t0p-s3cret", allowedOrigins: ["https://app.example"] } });
    const url = new URL("/api/config", server.url);
    const allowed = await fetch(url, {
      headers: { origin: "https://app.example", authorization: "Bearer t0p-s3cret" },
    });
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(allowed.headers.get("vary")).toBe("origin");
    const asks = { "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
    const permitted = await fetch(url, { method: "OPTIONS", headers: { origin: "https://app.example", ...asks } });
    expect(permitted.ok).toBe(true);
    expect(permitted.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(permitted.headers.get("access-control-allow-headers")).toContain("authorization");
    for (const method of ["GET", "OPTIONS"]) {
      const foreign = await fetch(url, { method, headers: { origin: "https://evil.example", ...asks } });
      expect([...foreign.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });
});

describe("the relay of a server", () => {
  test("relays between two pages by their credentials, tells it as events, and counts it in the status", async () => {
    const server = await startServer();
    const told: ServerEvent[] = [];
    server.events.on((happening) => told.push(happening));
    const [one, two] = [await pageClient(server), await pageClient(server, "tcp")];
    const [oneAt, twoAt] = [await one.allocate(), await two.allocate()];
    for (const [client, peer] of [
      [one, twoAt],
      [two, oneAt],
    ] as const) {
      const answer = await client.request(StunMethod.createPermission, (w) =>
        w.xorAddress(StunAttribute.xorPeerAddress, peer),
      );
      expect(answer.messageClass).toBe(StunClass.success);
    }
    const bound = await one.request(StunMethod.channelBind, (w) =>
      w.u32(StunAttribute.channelNumber, 0x40000000).xorAddress(StunAttribute.xorPeerAddress, twoAt),
    );
    expect(bound.messageClass).toBe(StunClass.success);
    one.send(Uint8Array.of(0x40, 0, 0, 4, 1, 2, 3, 4));
    expect((await two.next()).length).toBeGreaterThan(4);
    expect(server.status()).toMatchObject({
      turn: {
        running: true,
        port: turnPort(server),
        allocations: 2,
        bytesToPeers: 4,
        openRanges: [],
        localRelay: false,
      },
    });
    const released = event(server, (happening) => happening.event === "turn-released");
    await two.close();
    expect(await released).toMatchObject({ reason: "client-closed", bytesToClient: 4 });
    expect(told.filter((happening) => happening.event === "turn-allocated")).toHaveLength(2);
  });

  test("refuses peers at this machine and in private networks, and counts them", async () => {
    const server = await startServer();
    const client = await pageClient(server);
    await client.allocate();
    const httpPort = Number(new URL(server.url).port);
    for (const peer of [parseIpAddress("127.0.0.1", httpPort), parseIpAddress("10.0.0.1", 80)]) {
      const answer = await client.request(StunMethod.createPermission, (w) =>
        w.xorAddress(StunAttribute.xorPeerAddress, peer),
      );
      expect(answer.errorCode()?.code).toBe(403);
    }
    expect(server.status()).toMatchObject({ turn: { counters: { deniedPeers: 2 } } });
  });

  test("opens ranges by listing them, and by allowLocalRelay, and says so", async () => {
    for (const turn of [{ allowPeers: ["127.0.0.0/8"] }, { allowLocalRelay: true }]) {
      const server = await startServer({ turn });
      const peer = await LivePeer.open();
      onTestFinished(() => peer.close());
      const client = await pageClient(server);
      await client.allocate();
      const answer = await client.request(StunMethod.createPermission, (w) =>
        w.xorAddress(StunAttribute.xorPeerAddress, peer.address),
      );
      expect(answer.messageClass).toBe(StunClass.success);
      expect(server.status()).toMatchObject({ turn: { localRelay: true } });
      const { detail } = (server.status().checks as { name: string; detail: string }[]).filter(
        ({ name }) => name === "turn",
      )[0];
      expect(detail).toContain("and also 127.0.0.0/8");
    }
  });

  test("keeps to its quotas", async () => {
    const server = await startServer({ turn: { allocationsPerAddress: 1 } });
    await (await pageClient(server)).allocate();
    await expect((await pageClient(server)).allocate()).rejects.toThrow("486");
  });

  test("says how many packets were too many for an allocation's rate", async () => {
    const server = await startServer({ turn: { allowPeers: ["127.0.0.0/8"], bitrate: 10_000 } });
    const peer = await LivePeer.open();
    onTestFinished(() => peer.close());
    const client = await pageClient(server);
    await client.allocate();
    await client.request(StunMethod.channelBind, (w) =>
      w.u32(StunAttribute.channelNumber, 0x40000000).xorAddress(StunAttribute.xorPeerAddress, peer.address),
    );
    const frame = new Uint8Array(1004);
    frame.set([0x40, 0, 1000 >> 8, 1000 & 255]);
    const detail = (): string =>
      (server.status().checks as { name: string; detail: string }[]).find(({ name }) => name === "turn")?.detail ?? "";
    while (!/; \d+ packets were dropped over turn\.bitrate, 10000 bit\/s an allocation$/.test(detail())) {
      client.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test("leaves no socket and no timer behind, however often it is started and closed", async () => {
    const held = (): string[] => [
      ...(existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").map(() => "descriptor") : []),
      ...process.getActiveResourcesInfo().filter((name) => /Wrap$|WRAP$|Timeout/.test(name)),
    ];
    const use = async (): Promise<void> => {
      const server = await startServer();
      const client = await pageClient(server, "tcp");
      await client.allocate();
      await server.close();
      await client.closed;
    };
    await use();
    const before = held().length;
    for (let i = 0; i < 4; i++) {
      await use();
    }
    while (held().length > before) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test("is closed with the server: its ports are free again, and its clients' streams have ended", async () => {
    const server = await startServer();
    const port = turnPort(server);
    const client = await pageClient(server, "tcp");
    await client.allocate();
    await server.close();
    await client.closed;
    expect(await hold("udp", port)).toBe(port);
    expect(await hold("tcp", port)).toBe(port);
  });
});

describe("a relay that cannot start", () => {
  const busy = async (config: PartialServerConfig): Promise<{ server: FloeServer; log: string[] }> => {
    const log: string[] = [];
    const logger = new Logger({ sink: (line) => log.push(line), wallUs: () => 0, level: "warn" });
    const server = await FloeServer.start({ webRoot, http: { port: 0 }, ...config }, { logger });
    onTestFinished(() => server.close());
    return { server, log };
  };

  test.each([
    "udp",
    "tcp",
  ] as const)("as a default, because its port is taken by %s, is a warning: the page works without it", async (kind) => {
    // Whoever has the default port on this machine now, a test that runs beside this one included, is the other program.
    await hold(kind, 3478).catch(() => {});
    const { server, log } = await busy({});
    expect(server.turn).toMatchObject({ kind: "refused", error: { code: "turn/address-in-use" } });
    expect(log.join("\n")).toMatch(/turn: there is no relay\. turn\/address-in-use: .*3478 is in use.*--turn-port/);
    expect(await iceServers(server)).toEqual([]);
    expect(server.status()).toMatchObject({
      ready: true,
      status: "degraded",
      turn: { enabled: true, running: false, error: { code: "turn/address-in-use", fix: expect.any(String) } },
      warnings: [expect.stringMatching(/^turn: viewers get no relay\. turn\/address-in-use: .*3478/)],
    });
  });

  test("although somebody asked for it is an error, and nothing is left open", async () => {
    const port = await hold("udp");
    const httpPort = await hold("tcp");
    await expect(FloeServer.start({ webRoot, http: { port: 0 }, turn: { port } })).rejects.toMatchObject({
      code: "turn/address-in-use",
      fix: expect.stringContaining("--turn-port"),
    });
    await expect(
      FloeServer.start({ webRoot, http: { port: 0 }, turn: { port: 0, tls: { cert: "no.pem", key: "no.pem" } } }),
    ).rejects.toMatchObject({ code: "turn/bad-certificate" });
    await expect(
      FloeServer.start({ webRoot, http: { port: 0 }, turn: { port: 0, host: "203.0.113.5" } }),
    ).rejects.toMatchObject({ code: "turn/no-such-address" });
    // What starts behind the relay fails: the relay is closed again.
    const turnPortThen = await freeBoth();
    await expect(
      FloeServer.start({ webRoot, http: { port: httpPort }, turn: { port: turnPortThen } }),
    ).rejects.toMatchObject({ code: "http/port-in-use" });
    expect(await hold("udp", turnPortThen)).toBe(turnPortThen);
    expect(await answers(turnPortThen)).toBe(false);
  });
});

/** A port that is free by UDP and by TCP. */
async function freeBoth(): Promise<number> {
  const server = await startServer();
  const port = turnPort(server);
  await server.close();
  return port;
}
