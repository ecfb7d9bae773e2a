import { describe, expect, test } from "vitest";
import { ServerHarness } from "./server-harness.js";

describe("Symple presence", () => {
  test("a newcomer hears of everybody once, and everybody hears of the newcomer", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada", { name: "Ada", data: { mode: "view" } });
    const bob = harness.open().send({ type: "auth", user: "bob", rooms: ["ada"] });
    const [welcome, ...snapshot] = bob.take();
    expect(snapshot).toEqual([
      {
        type: "presence",
        from: ada.address,
        data: { id: ada.peerId, user: "ada", name: "Ada", type: "Peer", online: true, mode: "view" },
      },
    ]);
    expect(ada.take()).toEqual([
      {
        type: "presence",
        from: `bob|${welcome.peer.id}`,
        data: { id: welcome.peer.id, user: "bob", name: "bob", type: "Peer", online: true },
      },
    ]);
  });

  test("who goes is announced offline once, to those who shared a room", () => {
    const harness = new ServerHarness({ defaultRooms: [] });
    const ada = harness.join("ada", { rooms: ["a", "b"] });
    const bob = harness.join("bob", { rooms: ["a", "b"] });
    const eve = harness.join("eve", { rooms: ["c"] });
    harness.takeAll();
    bob.close();
    expect(ada.take()).toMatchObject([
      { type: "presence", from: bob.address, data: { id: bob.peerId, online: false } },
    ]);
    expect(eve.take()).toEqual([]);
    bob.close();
    expect(ada.take()).toEqual([]);
  });

  test("the frame `close` closes with code 1000 and takes leave", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness.join("bob").send({ type: "close" });
    expect(bob.closed).toEqual({ code: 1000, reason: "" });
    expect(ada.take().at(-1)).toMatchObject({ type: "presence", data: { online: false } });
  });

  test("nobody can forge who it is: sender, id, user, name, type and online are the server's word", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const mallory = harness.join("mallory");
    harness.takeAll();
    mallory.send({
      type: "presence",
      from: ada.address,
      data: { id: ada.peerId, user: "ada", name: "Ada", type: "server", online: false, capabilities: ["x"] },
    });
    expect(ada.take()).toEqual([
      {
        type: "presence",
        from: mallory.address,
        data: { id: mallory.peerId, user: "mallory", name: "mallory", type: "Peer", online: true, capabilities: ["x"] },
      },
    ]);
    mallory.send({ type: "message", from: ada.address, to: ada.address, data: "hello" });
    expect(ada.take()).toMatchObject([{ type: "message", from: mallory.address, data: "hello" }]);
  });

  test("what a peer tells of itself stays, so that a later newcomer hears it too", () => {
    const harness = new ServerHarness();
    harness.join("ada", { data: { peerType: "viewer" } }).send({ type: "presence", data: { mode: "busy" } });
    const bob = harness.open().send({ type: "auth", user: "bob" });
    expect(bob.take()[1].data).toMatchObject({ peerType: "viewer", mode: "busy" });
  });

  test("presence data has a size, beyond which it is refused and changes nothing", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness.join("bob");
    harness.takeAll();
    ada.send({ type: "presence", data: { blob: "x".repeat(9000) } });
    expect(ada.take()).toEqual([{ type: "error", status: 400, message: "Presence too large" }]);
    expect(bob.take()).toEqual([]);
    expect(ada.closed).toBeUndefined();
  });

  test("an answer to a probe reaches the one who asked, also by its bare session id", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness.join("bob");
    const eve = harness.join("eve");
    harness.takeAll();
    bob.send({ type: "presence", probe: true, data: { rooms: [] }, id: "p1" });
    expect(ada.take()).toMatchObject([{ type: "presence", probe: true, id: "p1", from: bob.address }]);
    eve.take();
    ada.send({ type: "presence", data: {}, to: bob.peerId });
    expect(bob.take()).toMatchObject([{ type: "presence", from: ada.address, data: { online: true } }]);
    expect(eve.take()).toEqual([]);
  });
});

describe("virtual peers", () => {
  const floe = {
    user: "floe",
    id: "floe-server",
    name: "floe",
    type: "server",
    rooms: ["public"],
    data: { mode: "stream" },
  };

  test("appear in presence, receive messages and answer them under their address", () => {
    const harness = new ServerHarness();
    harness.input({ kind: "virtual-added", peer: floe });
    const ada = harness.open().send({ type: "auth", user: "ada" });
    const [welcome, presence] = ada.take();
    const address = `ada|${welcome.peer.id}`;
    expect(presence).toEqual({
      type: "presence",
      from: "floe|floe-server",
      data: { id: "floe-server", user: "floe", name: "floe", type: "server", online: true, mode: "stream" },
    });
    ada.send({
      type: "message",
      subtype: "call:init",
      to: "floe|floe-server",
      data: {},
      from: "floe|floe-server",
      id: "m1",
    });
    expect(harness.others.at(-1)).toMatchObject({
      kind: "deliver",
      id: "floe-server",
      message: { type: "message", from: address, subtype: "call:init", data: {}, fields: { id: "m1" } },
    });
    harness.input({
      kind: "virtual-send",
      id: "floe-server",
      message: { to: address, subtype: "call:accept", data: {}, fields: { note: 1 } },
    });
    expect(ada.take()).toEqual([
      {
        type: "message",
        id: expect.any(String),
        from: "floe|floe-server",
        to: address,
        subtype: "call:accept",
        data: {},
        note: 1,
      },
    ]);
  });

  test("hear who comes, changes and goes", () => {
    const harness = new ServerHarness();
    const early = harness.join("early");
    harness.others.length = 0;
    harness.input({ kind: "virtual-added", peer: floe });
    const ada = harness.join("ada");
    ada.send({ type: "presence", data: { mode: "x" } });
    ada.close();
    const heard = harness.others.filter((output) => output.kind === "presence");
    expect(heard).toMatchObject([
      { peer: { id: early.peerId }, online: true },
      { peer: { id: ada.peerId }, online: true },
      { peer: { id: ada.peerId, data: { mode: "x" } }, online: true },
      { peer: { id: ada.peerId }, online: false },
    ]);
  });

  test("tell their new presence data, answer probes, and take leave when they are removed", () => {
    const harness = new ServerHarness();
    harness.input({ kind: "virtual-added", peer: floe });
    const ada = harness.join("ada");
    harness.input({ kind: "virtual-presence", id: "floe-server", data: { mode: "record" } });
    expect(ada.take()).toMatchObject([{ type: "presence", data: { mode: "record", online: true } }]);
    ada.send({ type: "presence", probe: true, data: {} });
    expect(ada.take()).toMatchObject([{ type: "presence", from: "floe|floe-server", data: { mode: "record" } }]);
    harness.input({ kind: "virtual-removed", id: "floe-server" });
    expect(ada.take()).toMatchObject([{ type: "presence", from: "floe|floe-server", data: { online: false } }]);
    expect(() => harness.input({ kind: "virtual-send", id: "floe-server", message: {} })).toThrow(/no virtual peer/);
  });

  test("own their user name: no client may take it", () => {
    const harness = new ServerHarness();
    harness.input({ kind: "virtual-added", peer: floe });
    const impostor = harness.open().send({ type: "auth", user: "floe" });
    expect(impostor.take()).toMatchObject([{ type: "error", status: 401 }]);
  });

  test("cannot be added twice, nor under an address that is none", () => {
    const harness = new ServerHarness();
    harness.input({ kind: "virtual-added", peer: floe });
    expect(() => harness.input({ kind: "virtual-added", peer: floe })).toThrow(/symple|address/);
    expect(() => harness.input({ kind: "virtual-added", peer: { ...floe, id: "a|b" } })).toThrow(/address/);
  });
});
