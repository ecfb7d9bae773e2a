// The STUN client against coturn by UDP, TCP and TLS, and against servers that refuse, break off or say nothing.
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { BindingServer } from "../../../src/core/stun/binding-server.js";
import { queryStun, StunSocket } from "../../../src/node/stun/stun-socket.js";
import { Coturn } from "../../setup/coturn.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../../setup/test-certificate.js";

let coturn: Coturn;
const open: (Socket | Server)[] = [];
const tls = { ca: TEST_CERTIFICATE };

beforeAll(async () => {
  coturn = await Coturn.start();
});
afterAll(() => coturn.close());
afterEach(() => {
  for (const each of open.splice(0)) {
    each.close();
  }
});

/** A datagram socket on 127.0.0.1; gives its port. */
async function datagrams(take: (socket: Socket, bytes: Buffer, port: number) => void): Promise<number> {
  const socket = createSocket("udp4");
  open.push(socket);
  socket.on("message", (bytes, { port }) => take(socket, bytes, port));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket.address().port;
}

async function listening(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

describe.each(["udp", "tcp", "tls"] as const)("by %s", (transport) => {
  test("tells the address that the server sees, again and again from one socket", async () => {
    using socket = await StunSocket.open(coturn.url(transport), { tls });
    const [first, second] = await Promise.all([socket.query(), socket.query()]);
    const { port } = first.localAddress;
    expect(first.mappedAddress).toEqual(parseIpAddress("127.0.0.1", port));
    expect(first.serverAddress.port).toBe(transport === "tls" ? coturn.tlsPort : coturn.port);
    expect(first.roundTripUs).toBeGreaterThan(0);
    expect(second.mappedAddress).toEqual(first.mappedAddress);
  });

  test("a closed socket rejects what is open, and what is asked afterwards", async () => {
    const socket = await StunSocket.open(coturn.url(transport), { tls });
    const open = socket.query();
    socket.close();
    socket.close();
    await expect(open).rejects.toMatchObject({ code: "stun/closed" });
    await expect(socket.query()).rejects.toMatchObject({ code: "stun/closed" });
  });

  test("an abort ends the opening and the query, with its reason", async () => {
    const reason = new Error("enough");
    const aborted = { tls, signal: AbortSignal.abort(reason) };
    await expect(queryStun(coturn.url(transport), aborted)).rejects.toBe(reason);
    using socket = await StunSocket.open(coturn.url(transport), { tls });
    const controller = new AbortController();
    const query = socket.query({ signal: controller.signal });
    controller.abort(reason);
    await expect(query).rejects.toBe(reason);
    expect((await socket.query()).mappedAddress.family).toBe(4);
  });
});

describe("faults", () => {
  test("a name that there is not, and a port where nothing listens", async () => {
    await expect(queryStun("stun:no-such-name.invalid")).rejects.toMatchObject({ code: "stun/unresolved" });
    const free = await listening(createServer());
    open.pop()?.close();
    for (const transport of ["udp", "tcp"]) {
      await expect(queryStun(`stun:127.0.0.1:${free}?transport=${transport}`)).rejects.toMatchObject({
        code: "stun/unreachable",
        message: expect.stringContaining("nothing listens there"),
      });
    }
  });

  test("a certificate that is not trusted, or is for another name, or no TLS at all", async () => {
    const url = `stuns:127.0.0.1:${coturn.tlsPort}`;
    await expect(queryStun(url)).rejects.toMatchObject({
      code: "stun/tls",
      message: expect.stringContaining("self-signed"),
    });
    await expect(queryStun(url, { tls: { ...tls, serverName: "stun.example" } })).rejects.toMatchObject({
      code: "stun/tls",
      message: expect.stringContaining("another name"),
    });
    const plain = await listening(createServer((socket) => socket.end("220 hello\r\n")));
    await expect(queryStun(`stuns:127.0.0.1:${plain}`)).rejects.toMatchObject({ code: "stun/tls" });
  });

  test("a server that takes the connection and shakes no hands is given up", async () => {
    const silent = await listening(createServer((socket) => socket.resume()));
    await expect(queryStun(`stuns:127.0.0.1:${silent}`, { timeoutMs: 1000 })).rejects.toMatchObject({
      code: "stun/tls-timeout",
    });
  });

  test("a server that hangs up while it is asked", async () => {
    const rude = await listening(createServer((socket) => socket.once("data", () => socket.destroy())));
    await expect(queryStun(`stun:127.0.0.1:${rude}?transport=tcp`)).rejects.toMatchObject({
      code: "stun/closed",
    });
    const polite = createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, (socket) =>
      socket.once("data", () => socket.end()),
    );
    await expect(queryStun(`stuns:127.0.0.1:${await listening(polite)}`, { tls })).rejects.toMatchObject({
      code: "stun/closed",
    });
  });

  test("a lost request is sent again; with no answer at all it ends after 79 first waits", async () => {
    const server = new BindingServer();
    let requests = 0;
    const port = await datagrams((socket, bytes, from) => {
      requests++;
      if (requests === 3) {
        server.handle({ kind: "datagram", socket: 0, from: parseIpAddress("127.0.0.1", from), bytes }, 0);
        socket.send(server.poll()?.bytes as Uint8Array, from, "127.0.0.1");
      }
    });
    const answer = await queryStun(`stun:127.0.0.1:${port}`, { rtoUs: 50_000 });
    expect([answer.roundTripUs, answer.mappedAddress]).toEqual([undefined, answer.localAddress]);
    const silent = await datagrams(() => {});
    await expect(queryStun(`stun:127.0.0.1:${silent}`, { rtoUs: 1000 })).rejects.toMatchObject({
      code: "stun/no-answer",
    });
  });

  test("a URL that is none", async () => {
    await expect(queryStun("http://127.0.0.1")).rejects.toMatchObject({ code: "stun/url" });
  });
});

test("localhost is asked by IPv4 unless IPv6 is wanted", async () => {
  const { serverAddress } = await queryStun(`stun:localhost:${coturn.port}`);
  expect(serverAddress).toEqual(parseIpAddress("127.0.0.1", coturn.port));
});
