import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { AuthVerdict } from "../../../src/core/symple/server-io.js";
import { seconds } from "../../../src/core/time/units.js";
import { type SympleAuthRequest, tokenAuthenticator } from "../../../src/node/symple/authenticate.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { SocketHarness } from "./socket-harness.js";

describe("WebSocket upgrades", () => {
  test("are taken on / and /ws, with and without a query, and answered with 404 elsewhere", async () => {
    await using harness = await SocketHarness.start();
    for (const path of ["/", "/ws", "/?token=x", "/ws?token=x"]) {
      expect(await harness.status(path)).toBe(101);
    }
    for (const path of ["/wss", "/ws/", "/api", "/%2fws"]) {
      expect(await harness.status(path)).toBe(404);
    }
    expect(harness.symple.report().upgradesRefused).toBe(4);
  });

  test("from a foreign page are refused with 403 before the 101; from the same page or none they pass", async () => {
    await using harness = await SocketHarness.start({ allowedOrigins: ["https://friend.example"] });
    const { port } = harness;
    expect(await harness.status("/ws", { origin: "http://evil.example" })).toBe(403);
    expect(await harness.status("/ws", { origin: "null" })).toBe(403);
    expect(
      await harness.status("/ws", { origin: `http://evil.example:${port}`, headers: { host: `evil.example:${port}` } }),
    ).toBe(403);
    expect(await harness.status("/ws", { origin: `http://127.0.0.1:${port}` })).toBe(101);
    expect(await harness.status("/ws", { origin: `http://localhost:${port}` })).toBe(101);
    expect(await harness.status("/ws", { origin: "https://friend.example" })).toBe(101);
    expect(await harness.status("/ws")).toBe(101);
  });

  test("do not negotiate compression, which clients offer", async () => {
    await using harness = await SocketHarness.start();
    const client = await harness.open("/", { perMessageDeflate: true });
    expect(client.socket.extensions).toBe("");
  });

  test("that are no WebSocket's are refused, and pages are served as before", async () => {
    await using harness = await SocketHarness.start();
    const socket = connect(harness.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /);
    socket.destroy();
    expect(await (await fetch(`http://127.0.0.1:${harness.port}/`)).text()).toBe("page");
  });

  test("whose first frames come in the same packet as the request are served", async () => {
    await using harness = await SocketHarness.start();
    const socket = connect(harness.port, "127.0.0.1");
    await once(socket, "connect");
    const text = Buffer.from('{"type":"auth","user":"ada"}');
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const head = `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), frame]));
    let answer = "";
    for await (const chunk of socket) {
      answer += (chunk as Buffer).toString("latin1");
      if (answer.includes("symple/4")) {
        break;
      }
    }
    expect(answer).toContain('"status":200');
  });
});

describe("Symple over sockets", () => {
  test("two peers find each other, talk, and see each other go", async () => {
    await using harness = await SocketHarness.start();
    const ada = await harness.join("ada", { name: "Ada" });
    const bob = await harness.join("bob");
    expect((await bob.next("presence")).data).toMatchObject({ user: "ada", online: true });
    expect((await ada.next("presence")).data).toMatchObject({ user: "bob", online: true });
    ada.send({ type: "message", to: bob.address, subtype: "call:init", data: {} });
    expect(await bob.next("message")).toMatchObject({ from: ada.address, subtype: "call:init" });
    bob.socket.terminate();
    expect((await ada.next("presence")).data).toMatchObject({ user: "bob", online: false });
    expect(harness.symple.peers().map((peer) => peer.user)).toEqual(["ada"]);
  });

  test("a token comes from the auth frame or from the upgrade request; a wrong one is 401 and closes", async () => {
    await using harness = await SocketHarness.start({ authenticate: tokenAuthenticator("s3cret") });
    expect((await harness.join("ada", { token: "s3cret" })).welcome.status).toBe(200);
    for (const [path, headers] of [
      ["/ws?token=s3cret", {}],
      ["/ws", { authorization: "Bearer s3cret" }],
      ["/ws", { "x-floe-token": "s3cret" }],
    ] as const) {
      const client = await harness.open(path, { headers });
      client.send({ type: "auth", user: "bob", token: "" });
      expect((await client.next("welcome")).status).toBe(200);
    }
    for (const token of ["", "wrong"]) {
      const client = await harness.open();
      client.send({ type: "auth", user: "eve", token });
      expect(await client.next()).toEqual({ type: "error", status: 401, message: "Authentication failed" });
      expect(await client.closed).toEqual({ code: 1008, reason: "Authentication failed" });
    }
  });

  test("a hook may take its time, throw or reject; who was not accepted stays out", async () => {
    const seen: SympleAuthRequest[] = [];
    const answers: { readonly [user: string]: () => AuthVerdict | Promise<AuthVerdict> } = {
      later: () => Promise.resolve({ accepted: true, name: "Later" }),
      throws: () => {
        throw new Error("database down");
      },
      rejects: () => Promise.reject(new Error("database down")),
    };
    await using harness = await SocketHarness.start({
      authenticate: (request) => {
        seen.push(request);
        return answers[request.user]();
      },
    });
    expect((await harness.join("later")).welcome.peer.name).toBe("Later");
    for (const user of ["throws", "rejects"]) {
      const client = await harness.open();
      client.send({ type: "auth", user });
      expect(await client.next()).toMatchObject({ status: 401 });
      await client.closed;
    }
    expect(seen[0]).toMatchObject({ user: "later", remoteAddress: "127.0.0.1", origin: "" });
  });

  test("garbage before and after the sign-in is survived: bad JSON, binary, unknown types, wrong shapes", async () => {
    await using harness = await SocketHarness.start();
    const client = await harness.open();
    client.send("{");
    client.socket.send(new Uint8Array([1, 2, 3]));
    client.send({ type: "auth", user: "ada" });
    await client.next("welcome");
    for (const text of ["", "[]", "null", '{"type":"zap"}', '{"type":"__proto__"}', "[".repeat(20_000)]) {
      client.send(text);
    }
    client.send({ type: "message", to: 5 });
    expect(await client.next()).toMatchObject({ type: "error", status: 400 });
    client.send({ type: "join", room: "lab" });
    expect(await client.next()).toEqual({ type: "join:ok", room: "lab" });
    expect(harness.symple.report().counters).toMatchObject({ unparsable: 6, ignored: 2, malformed: 1 });
  });

  test("a message of 65 537 bytes is 413 and closes; a frame of half a megabyte is cut off with 1009", async () => {
    await using harness = await SocketHarness.start();
    const ada = await harness.join("ada");
    ada.send("x".repeat(65_537));
    expect(await ada.next("error")).toEqual({ type: "error", status: 413, message: "Message too large" });
    expect((await ada.closed).code).toBe(1009);
    const bob = await harness.join("bob");
    bob.send("x".repeat(524_288));
    expect((await bob.closed).code).toBe(1009);
    await harness.until(({ connections, peers }) => connections === 0 && peers === 0);
    expect(harness.symple.report().protocolErrors).toBe(1);
  });

  test("message 101 of a burst is 429 and closes", async () => {
    await using harness = await SocketHarness.start();
    const ada = await harness.join("ada");
    for (let i = 0; i < 120; i++) {
      ada.send({ type: "message" });
    }
    expect(await ada.next("error")).toMatchObject({ status: 429 });
    expect((await ada.closed).code).toBe(1008);
  });

  test("one connection too many is told 503 and closed", async () => {
    await using harness = await SocketHarness.start({ limits: { maxConnections: 2 } });
    await harness.join("ada");
    await harness.open();
    const third = await harness.open();
    expect(await third.next()).toEqual({ type: "error", status: 503, message: "Server at capacity" });
    expect((await third.closed).code).toBe(1013);
  });

  test("text that is no UTF-8, an unmasked frame and a message in too many pieces end their own connection only", async () => {
    await using harness = await SocketHarness.start();
    const ada = await harness.join("ada");
    const broken = await harness.open();
    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await broken.closed).code).toBe(1007);
    const pieces = await harness.open();
    for (let i = 0; i < 100; i++) {
      pieces.socket.send("x", { fin: false });
    }
    expect((await pieces.closed).code).toBe(1008);
    const unmasked = await harness.open();
    unmasked.socket.send("{}", { mask: false });
    expect((await unmasked.closed).code).toBe(1002);
    ada.send({ type: "join", room: "lab" });
    expect(await ada.next()).toEqual({ type: "join:ok", room: "lab" });
    await harness.until(({ connections }) => connections === 1);
  });

  test("a silent socket gets 408 after ten seconds", async () => {
    const clock = new ManualClock();
    await using harness = await SocketHarness.start({ clock });
    const silent = await harness.open();
    await harness.until(({ connections }) => connections === 1);
    clock.advance(seconds(10));
    expect(await silent.next()).toEqual({ type: "error", status: 408, message: "Authentication timeout" });
    expect((await silent.closed).code).toBe(1008);
  });

  test("a peer that answers pings stays, a frozen one is dropped and announced offline", async () => {
    const clock = new ManualClock();
    await using harness = await SocketHarness.start({ clock });
    const ada = await harness.join("ada");
    const frozen = await harness.join("frozen");
    await ada.next("presence");
    frozen.socket.pause();
    for (let round = 0; round < 3; round++) {
      const pinged = once(ada.socket, "ping");
      clock.advance(seconds(10));
      if (round < 2) {
        await pinged;
        // The pong precedes this frame on the wire.
        ada.send({ type: "join", room: `round${round}` });
        await ada.next("join:ok");
      }
    }
    expect((await ada.next("presence")).data).toMatchObject({ user: "frozen", online: false });
    expect(harness.symple.report().counters.deadPeers).toBe(1);
    expect(harness.symple.peers().map((peer) => peer.user)).toEqual(["ada"]);
    frozen.socket.terminate();
  });

  test("a peer that does not read is cut off before its queue grows beyond four megabytes", async () => {
    await using harness = await SocketHarness.start();
    const slow = await harness.join("slow");
    slow.socket.pause();
    const floe = harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" });
    const left = new Promise<string>((resolve) => floe.peerLeft.on(resolve));
    const data = "x".repeat(60_000);
    let sent = 0;
    while (harness.symple.report().slowReaders === 0 && sent < 10_000) {
      floe.send({ to: slow.address, data });
      sent++;
    }
    expect(sent * data.length).toBeLessThan(16_000_000);
    expect(await left).toBe(slow.address);
    slow.socket.terminate();
  });

  test("closing tells everybody, closes their sockets, and is quiet the second time", async () => {
    await using harness = await SocketHarness.start();
    const ada = await harness.join("ada");
    const stranger = await harness.open();
    const floe = harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" });
    const left: string[] = [];
    floe.peerLeft.on((address) => left.push(address));
    const closing = harness.symple.close();
    expect(await ada.next("event")).toEqual({
      type: "event",
      name: "shutdown",
      subtype: "shutdown",
      message: "Server shutting down",
    });
    expect(await ada.closed).toEqual({ code: 1001, reason: "Server shutting down" });
    expect((await stranger.closed).code).toBe(1001);
    await closing;
    await harness.symple.close();
    expect(left).toEqual([ada.address]);
    expect(floe.send({ data: 1 })).toBe(false);
  });

  test("closing does not wait for a frozen peer longer than the grace", async () => {
    const clock = new ManualClock();
    await using harness = await SocketHarness.start({ clock });
    const frozen = await harness.join("frozen");
    frozen.socket.pause();
    const closing = harness.symple.close();
    clock.advance(seconds(2));
    await closing;
    frozen.socket.terminate();
  });
});

describe("a virtual peer", () => {
  test("is found, called, answers, changes its presence, hears who comes, and goes", async () => {
    await using harness = await SocketHarness.start();
    const floe = harness.symple.addVirtualPeer({
      user: "floe",
      id: "floe-server",
      data: { mode: "stream", capabilities: ["watch"] },
    });
    expect(floe.address).toBe("floe|floe-server");
    floe.received.on((message) => floe.send({ to: message.from, subtype: "call:accept", data: {} }));
    const seen: string[] = [];
    floe.peerSeen.on((peer) => seen.push(peer.user));
    const ada = await harness.join("ada");
    expect((await ada.next("presence")).data).toEqual({
      id: "floe-server",
      user: "floe",
      name: "floe",
      type: "server",
      online: true,
      mode: "stream",
      capabilities: ["watch"],
    });
    ada.send({ type: "message", to: "floe|floe-server", subtype: "call:init", data: {} });
    expect(await ada.next("message")).toMatchObject({ from: "floe|floe-server", subtype: "call:accept" });
    floe.setData({ mode: "record" });
    expect((await ada.next("presence")).data).toMatchObject({ mode: "record", capabilities: ["watch"] });
    const bob = await harness.join("bob");
    floe.close();
    floe.close();
    expect((await bob.next("presence")).data).toBeDefined();
    expect(floe.send({ data: 1 })).toBe(false);
    expect(seen).toEqual(["ada", "bob"]);
    expect(harness.symple.peers().map((peer) => peer.user)).toEqual(["ada", "bob"]);
  });

  test("whose listener throws harms neither the server nor the peer that wrote", async () => {
    await using harness = await SocketHarness.start();
    const floe = harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" });
    floe.received.on(() => {
      throw new Error("listener");
    });
    harness.symple.peerOnline.on(() => {
      throw new Error("listener");
    });
    const ada = await harness.join("ada");
    ada.send({ type: "message", to: "floe|floe-server" });
    ada.send({ type: "join", room: "lab" });
    expect(await ada.next("join:ok")).toBeDefined();
  });

  test("cannot have the address of another", async () => {
    await using harness = await SocketHarness.start();
    harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" });
    expect(() => harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" })).toThrow(/address/);
  });
});
