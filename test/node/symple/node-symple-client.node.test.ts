import { describe, expect, test } from "vitest";
import type { SympleClientState } from "../../../src/core/symple/client-io.js";
import { sympleSignaller } from "../../../src/core/symple/symple-signaller.js";
import { tokenAuthenticator } from "../../../src/node/symple/authenticate.js";
import { NodeSympleClient, type NodeSympleClientOptions } from "../../../src/node/symple/node-symple-client.js";
import { SocketHarness } from "./socket-harness.js";

function reach(client: NodeSympleClient, kind: SympleClientState["kind"]): Promise<SympleClientState> {
  return new Promise((resolve) => {
    const check = (state: SympleClientState): void => {
      if (state.kind === kind) {
        resolve(state);
      }
    };
    client.changed.on(check);
    check(client.state);
  });
}

async function online(
  harness: SocketHarness,
  options: Partial<NodeSympleClientOptions> = {},
): Promise<NodeSympleClient> {
  const client = new NodeSympleClient({ url: harness.url, ...options });
  client.open();
  await reach(client, "online");
  return client;
}

describe("NodeSympleClient", () => {
  test("calls a virtual peer and is answered, through signallers at both ends", async () => {
    await using harness = await SocketHarness.start({ authenticate: tokenAuthenticator("s3cret") });
    const floe = harness.symple.addVirtualPeer({ user: "floe", id: "floe-server" });
    using client = await online(harness, { user: "tool", token: "s3cret", url: `http://127.0.0.1:${harness.port}/` });
    expect(client.roster.get("floe-server")).toMatchObject({ type: "server", address: floe.address });
    const callee = sympleSignaller(floe);
    callee.received.on((message) => {
      if (message.kind === "description") {
        callee.send({ kind: "description", peer: message.peer, type: "answer", sdp: "v=1" });
      }
    });
    const answered = new Promise((resolve) => client.signaller().received.on(resolve));
    client.signaller().send({ kind: "description", peer: floe.address, type: "offer", sdp: "v=0" });
    expect(await answered).toEqual({ kind: "description", peer: floe.address, type: "answer", sdp: "v=1" });
  });

  test("says when the token is wrong, and does not try again", async () => {
    await using harness = await SocketHarness.start({ authenticate: tokenAuthenticator("s3cret") });
    using client = new NodeSympleClient({ url: harness.url, token: "wrong" });
    client.open();
    expect(await reach(client, "error")).toMatchObject({
      error: { code: "symple/unauthorized" },
      retryAtUs: undefined,
    });
  });

  test("says when nobody listens, and comes online once somebody does", async () => {
    const gone = await SocketHarness.start();
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    using client = new NodeSympleClient({ url: `ws://127.0.0.1:${port}/ws` });
    client.open();
    expect(await reach(client, "error")).toMatchObject({ error: { code: "symple/unreachable" } });
    client.close();
    expect(client.state).toEqual({ kind: "closed" });
  });

  test("comes back by itself when the connection breaks", async () => {
    await using harness = await SocketHarness.start();
    using client = await online(harness, { rooms: ["lab"] });
    const lost = reach(client, "error");
    harness.breakSockets();
    await lost;
    expect(await reach(client, "online")).toMatchObject({ kind: "online" });
    expect(client.rooms).toContain("lab");
  });

  test("refuses an address that is no WebSocket's", () => {
    expect(() => new NodeSympleClient({ url: "localhost:4500" })).toThrow(/not a WebSocket/);
  });
});
