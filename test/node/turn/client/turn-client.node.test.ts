// The TURN client against coturn by UDP, TCP and TLS: data, channels, TCP relays, refusals, and ends of every kind.
import { connect as connectTcp, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatIpAddress, parseIpAddress } from "../../../../src/core/net/transport-address.js";
import { TurnClient } from "../../../../src/node/turn/client/turn-client.js";
import type { TurnConnectOptions } from "../../../../src/node/turn/client/turn-client-options.js";
import { Coturn } from "../../../setup/coturn.js";
import { TEST_CERTIFICATE } from "../../../setup/test-certificate.js";
import { tcpEcho, udpEcho } from "./echo-peers.js";

let coturn: Coturn;

beforeAll(async () => {
  coturn = await Coturn.start({ flags: ["--denied-peer-ip=192.0.2.1"] });
});
afterAll(() => coturn.close());

type Transport = "udp" | "tcp" | "tls";

function options(transport: Transport, more: Partial<TurnConnectOptions> = {}): TurnConnectOptions {
  const tls = { ca: TEST_CERTIFICATE };
  return { url: coturn.url(transport), username: "alice", credential: "wonder", tls, ...more };
}

const FORBIDDEN = parseIpAddress("192.0.2.1", 9);

/** The next so many packets, as texts. */
function packets(client: TurnClient, count: number): Promise<string[]> {
  const texts: string[] = [];
  return new Promise((resolve) => {
    client.received.on(({ bytes }) => {
      texts.push(new TextDecoder().decode(bytes));
      if (texts.length === count) {
        resolve(texts);
      }
    });
  });
}

/** Resolves when the one allocation of a user can be had: coturn says that it is given back a moment before it is. */
async function freed(one: TurnConnectOptions): Promise<void> {
  const ask = async (): Promise<string> => {
    const client = await TurnClient.connect(one).catch(() => undefined);
    await client?.close();
    return client === undefined ? "taken" : "free";
  };
  await expect.poll(ask, { timeout: 20_000 }).toBe("free");
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

describe.each(["udp", "tcp", "tls"] as const)("by %s", (transport) => {
  test("relays there and back, by indications, then by a channel", async () => {
    await using client = await TurnClient.connect(options(transport));
    await using echo = await udpEcho();
    const { relayedAddresses, mappedAddress, lifetimeSeconds } = client.allocation;
    expect([relayedAddresses.map(formatIpAddress), formatIpAddress(mappedAddress)]).toEqual([
      ["127.0.0.1"],
      "127.0.0.1",
    ]);
    expect(lifetimeSeconds).toBe(600);
    expect(client.send(echo.address, text("too early"))).toBe(false);
    const heard = packets(client, 3);
    await client.permit(echo.address);
    await client.permit(echo.address);
    expect(client.send(echo.address, text("one"))).toBe(true);
    const channel = await client.bind(echo.address);
    expect([channel, await client.bind(echo.address)]).toEqual([0x4000, 0x4000]);
    client.send(echo.address, text("two"));
    client.send(echo.address, text("three"));
    expect((await heard).sort()).toEqual(["one", "three", "two"]);
    expect(client.report()).toEqual({
      sentPackets: 3,
      sentBytes: 11,
      receivedPackets: 3,
      receivedBytes: 11,
      unsent: 1,
      overflowed: 0,
      ignored: 0,
    });
  });

  test("a peer that may not be reached is refused in words", async () => {
    await using client = await TurnClient.connect(options(transport));
    const refused = { code: "turn/forbidden", message: expect.stringContaining("192.0.2.1:9") };
    await expect(client.permit(FORBIDDEN)).rejects.toMatchObject(refused);
    await expect(client.bind(FORBIDDEN)).rejects.toMatchObject(refused);
  });

  test("a wrong password, and an unknown name", async () => {
    for (const wrong of [{ credential: "guess" }, { username: "mallory" }]) {
      await expect(TurnClient.connect(options(transport, wrong))).rejects.toMatchObject({
        code: "turn/unauthorized",
        fix: expect.stringContaining("ephemeral"),
      });
    }
  });

  test("after the close everything rejects, and the server has the allocation back", async () => {
    await using narrow = await Coturn.start({ userQuota: 1 });
    const one = { ...options(transport), url: narrow.url(transport) };
    const client = await TurnClient.connect(one);
    await expect(TurnClient.connect(one)).rejects.toMatchObject({ code: "turn/quota" });
    await client.close();
    await client.close();
    expect(await client.closed).toBeNull();
    await expect(client.permit(FORBIDDEN)).rejects.toMatchObject({ code: "turn/closed" });
    expect(client.send(FORBIDDEN, text("late"))).toBe(false);
    await freed(one);
  });

  test("an abort ends the connecting with its reason, and leaves no allocation behind", async () => {
    await using narrow = await Coturn.start({ userQuota: 1 });
    const one = { ...options(transport), url: narrow.url(transport) };
    const reason = new Error("enough");
    await expect(TurnClient.connect({ ...one, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // At every moment of a connecting, from the first turn of the loop on.
    for (let turns = 0; turns < 12; turns++) {
      const controller = new AbortController();
      const connecting = TurnClient.connect({ ...one, signal: controller.signal });
      const left = (count: number): void => {
        setImmediate(() => (count === 0 ? controller.abort(reason) : left(count - 1)));
      };
      left(turns);
      const outcome = await connecting.catch((error: unknown) => error);
      if (outcome instanceof TurnClient) {
        await outcome.close();
      } else if (outcome !== reason) {
        // The allocation that was given up just now is still on its way back.
        expect(outcome).toMatchObject({ code: "turn/quota" });
      }
    }
    await freed(one);
  });
});

describe.each(["tcp", "tls"] as const)("a relay by TCP (RFC 6062), by %s", (transport) => {
  test("reaches a peer: a pipe both ways, which ends when the peer does, and ends the peer", async () => {
    await using client = await TurnClient.connect(options(transport, { relay: "tcp" }));
    await using echo = await tcpEcho();
    const stream = await client.connectPeer(echo.address);
    stream.write(text("to the peer, "));
    stream.write(text("and back"));
    let heard = "";
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      heard += String(piece);
      if (heard.length === 21) {
        break;
      }
    }
    expect(heard).toBe("to the peer, and back");
    const ended = new Promise((resolve) => stream.once("close", resolve));
    stream.resume();
    await echo[Symbol.asyncDispose]();
    await ended;
  });

  test("lets a peer in that has a permission", async () => {
    await using client = await TurnClient.connect(options(transport, { relay: "tcp" }));
    const { port } = client.relayedAddress;
    await client.permit(parseIpAddress("127.0.0.1"));
    const incoming = new Promise<string>((resolve) => {
      client.peerConnected.on(async ({ accept }) => {
        (await accept()).on("data", (piece) => resolve(String(piece)));
      });
    });
    const peer = connectTcp(port, "127.0.0.1").on("error", () => {});
    peer.write("who is there");
    expect(await incoming).toBe("who is there");
    peer.destroy();
  });

  test("a peer that does not listen, and one that may not be reached", async () => {
    await using client = await TurnClient.connect(options(transport, { relay: "tcp" }));
    const gone = await tcpEcho();
    await gone[Symbol.asyncDispose]();
    await expect(client.connectPeer(gone.address)).rejects.toMatchObject({ code: "turn/peer-unreachable" });
    await expect(client.connectPeer(FORBIDDEN)).rejects.toMatchObject({ code: "turn/forbidden" });
    const twice = [client.connectPeer(gone.address), client.connectPeer(gone.address)];
    expect(await Promise.allSettled(twice)).toMatchObject([
      { reason: { code: "turn/peer-unreachable" } },
      { reason: { code: "turn/peer-taken" } },
    ]);
  });

  test("pipes end with the allocation", async () => {
    const client = await TurnClient.connect(options(transport, { relay: "tcp" }));
    await using echo = await tcpEcho();
    const stream = await client.connectPeer(echo.address);
    const ended = new Promise((resolve) => stream.once("close", resolve));
    await client.close();
    await ended;
    await expect(client.connectPeer(echo.address)).rejects.toMatchObject({ code: "turn/closed" });
  });
});

describe("faults", () => {
  test("the server's end closes the client, with the reason for whoever waits", async () => {
    await using doomed = await Coturn.start();
    const client = await TurnClient.connect({ ...options("tcp"), url: doomed.url("tcp") });
    await doomed.freeze();
    const permit = client.permit(parseIpAddress("127.0.0.1", 1));
    await Promise.all([expect(permit).rejects.toMatchObject({ code: "turn/closed" }), doomed.close()]);
    expect(await client.closed).toMatchObject({ code: "turn/closed" });
  });

  test("a server that hangs takes no more than the bound, and does not hold up the close", async () => {
    await using doomed = await Coturn.start();
    const bounds = { maxBufferedBytes: 100_000, timeoutMs: 1000 };
    const client = await TurnClient.connect({ ...options("tcp", bounds), url: doomed.url("tcp") });
    const peer = parseIpAddress("127.0.0.1", 9);
    await client.bind(peer);
    await doomed.freeze();
    const packet = new Uint8Array(10_000);
    let sent = 0;
    while (client.send(peer, packet)) {
      sent++;
    }
    expect([client.report().overflowed, client.report().sentPackets]).toEqual([1, sent]);
    await client.close();
    expect(await client.closed).toBeNull();
  });

  test("no answer by UDP, nothing there, no TLS there, an untrusted certificate", async () => {
    await using doomed = await Coturn.start();
    await doomed.freeze();
    const at = (url: string, more: Partial<TurnConnectOptions> = {}) =>
      TurnClient.connect({ ...options("udp", more), url });
    await expect(at(doomed.url("udp"), { rtoUs: 1000 })).rejects.toMatchObject({ code: "turn/no-answer" });
    await doomed.close();
    for (const transport of ["udp", "tcp", "tls"] as const) {
      await expect(at(doomed.url(transport))).rejects.toMatchObject({ code: "turn/unreachable" });
    }
    await expect(at(coturn.url("tls"), { tls: {} })).rejects.toMatchObject({ code: "turn/tls" });
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    await expect(at(`turns:127.0.0.1:${port}`, { timeoutMs: 1000 })).rejects.toMatchObject({
      code: "turn/tls-timeout",
    });
    silent.close();
  });

  test("what cannot be asked for is refused before anything is opened", async () => {
    const at = (url: string, more: Partial<TurnConnectOptions> = {}) =>
      TurnClient.connect({ ...options("udp", more), url });
    await expect(at("turn:")).rejects.toMatchObject({ code: "stun/url" });
    await expect(at("stun:127.0.0.1")).rejects.toMatchObject({ code: "turn/url" });
    await expect(at("turns:127.0.0.1?transport=udp")).rejects.toMatchObject({ code: "stun/dtls" });
    await expect(at("turn:127.0.0.1", { relay: "tcp" })).rejects.toMatchObject({ code: "turn/relay-transport" });
  });
});
