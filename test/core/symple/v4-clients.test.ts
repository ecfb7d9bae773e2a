// The frames that the field's v4 clients put on the wire, in their order and with their oddities.
import { describe, expect, test } from "vitest";
import { ServerHarness } from "./server-harness.js";

const floe = {
  user: "floe",
  id: "floe-server",
  name: "floe",
  type: "server",
  rooms: ["public"],
  data: { mode: "stream" },
};

describe("a v4 client of the field", () => {
  test("signs in, probes, answers probes by bare id, and calls the server", () => {
    const harness = new ServerHarness();
    harness.input({ kind: "virtual-added", peer: floe });
    const old = harness.join("old");
    const client = harness.open();
    client.send({ type: "auth", user: "demo", name: "Demo", token: "", data: { peerType: "demo" } });
    const [welcome, ...snapshot] = client.take();
    expect(welcome.status).toBe(200);
    const { id } = welcome.peer;
    // Such a client throws on presence of a peer without an id or a user.
    for (const { data } of snapshot) {
      expect([data.id, data.user]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    }
    old.take();

    const data = { user: "demo", name: "Demo", type: "demo", rooms: [], id, online: true };
    client.send({ probe: true, type: "presence", data, id: "Zx81", from: `demo|${id}` });
    expect(old.take()).toEqual([
      {
        type: "presence",
        probe: true,
        id: "Zx81",
        from: `demo|${id}`,
        data: { id, user: "demo", name: "Demo", type: "Peer", online: true, peerType: "demo", rooms: [] },
      },
    ]);
    expect(client.take()).toMatchObject([{ type: "presence", from: "floe|floe-server" }]);

    old.send({ type: "presence", data: {}, id: "q", from: old.address, to: id });
    expect(client.take()).toMatchObject([{ type: "presence", from: old.address, to: id }]);

    const calls = [
      { subtype: "call:init", data: {} },
      { subtype: "call:offer", data: { type: "offer", sdp: "v=0\r\n" } },
      {
        subtype: "call:candidate",
        data: { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 },
      },
    ];
    for (const call of calls) {
      client.send({ type: "message", ...call, id: "m", to: "floe|floe-server", from: `demo|${id}` });
    }
    expect(harness.others.filter((output) => output.kind === "deliver").map(({ message }) => message)).toMatchObject(
      calls.map((call) => ({ type: "message", from: `demo|${id}`, ...call })),
    );
  });

  test("hears `bob` in a message to his room, and that ada went", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness.join("bob");
    harness.takeAll();
    ada.send({ type: "message", to: "bob", data: { text: "hi" }, id: "1" });
    ada.close();
    expect(bob.take()).toMatchObject([
      { type: "message", to: "bob", from: ada.address, data: { text: "hi" } },
      { type: "presence", from: ada.address, data: { online: false } },
    ]);
  });
});
