import { describe, expect, test } from "vitest";
import { ServerHarness, type TestConnection } from "./server-harness.js";

function reached(sender: TestConnection, frame: object, ...peers: TestConnection[]): string[] {
  for (const peer of peers) {
    peer.take();
  }
  sender.send({ type: "message", data: "x", ...frame });
  return peers.flatMap((peer) => peer.take().map(() => peer.welcome.peer.user));
}

describe("Symple routing", () => {
  function town() {
    const harness = new ServerHarness({ defaultRooms: [] });
    const ada = harness.join("ada", { rooms: ["lab", "cafe"] });
    const bob = harness.join("bob", { rooms: ["lab", "cafe"] });
    const eve = harness.join("eve", { rooms: ["cafe"] });
    const out = harness.join("out", { rooms: ["elsewhere"] });
    harness.takeAll();
    return { harness, ada, bob, eve, out, all: [ada, bob, eve, out] as const };
  }

  test("without `to` a message reaches everybody in the sender's rooms once, the sender not", () => {
    const { ada, all } = town();
    expect(reached(ada, {}, ...all)).toEqual(["bob", "eve"]);
    expect(reached(ada, { to: null }, ...all)).toEqual(["bob", "eve"]);
  });

  test("to user|id, |id or a bare id it reaches that session", () => {
    const { ada, bob, all } = town();
    expect(reached(ada, { to: bob.address }, ...all)).toEqual(["bob"]);
    expect(reached(ada, { to: `|${bob.peerId}` }, ...all)).toEqual(["bob"]);
    expect(reached(ada, { to: bob.peerId }, ...all)).toEqual(["bob"]);
  });

  test("to a wrong user with a right id, to itself, or to nobody it reaches nobody and nothing comes back", () => {
    const { harness, ada, bob, all } = town();
    expect(reached(ada, { to: `eve|${bob.peerId}` }, ...all)).toEqual([]);
    expect(reached(ada, { to: ada.address }, ...all)).toEqual([]);
    expect(reached(ada, { to: "bob|gone" }, ...all)).toEqual([]);
    expect(harness.server.report().counters.unreachable).toBe(3);
  });

  test("no shared room: the message is dropped without a word", () => {
    const { ada, out, all } = town();
    expect(reached(ada, { to: out.address }, ...all)).toEqual([]);
    expect(reached(ada, { to: out.peerId }, ...all)).toEqual([]);
    expect(reached(ada, { to: "elsewhere" }, ...all)).toEqual([]);
  });

  test("to a name it reaches the members of that room who share a room with the sender", () => {
    const { harness, ada, all } = town();
    expect(reached(ada, { to: "lab" }, ...all)).toEqual(["bob"]);
    expect(reached(ada, { to: "cafe" }, ...all)).toEqual(["bob", "eve"]);
    // A user's own room: all sessions of that user that can be reached.
    const bob2 = harness.join("bob", { rooms: ["cafe"] });
    const bob3 = harness.join("bob", { rooms: ["elsewhere"] });
    expect(reached(ada, { to: "bob" }, ...all, bob2, bob3)).toEqual(["bob", "bob"]);
    expect(bob3.take()).toEqual([]);
  });

  test("to several rooms it reaches the members of those that the sender is in, each once", () => {
    const { ada, all } = town();
    expect(reached(ada, { to: ["lab", "cafe", "elsewhere"] }, ...all)).toEqual(["bob", "eve"]);
    expect(reached(ada, { to: ["elsewhere"] }, ...all)).toEqual([]);
    expect(reached(ada, { to: [] }, ...all)).toEqual([]);
  });

  test("commands and events travel like messages, with all their fields", () => {
    const { ada, bob } = town();
    const command = {
      type: "command",
      node: "camera:zoom",
      action: "execute",
      data: { by: 2 },
      id: "c1",
      to: bob.address,
    };
    ada.send(command);
    expect(bob.take()).toEqual([{ ...command, from: ada.address }]);
    ada.send({ type: "event", name: "motion", time: 12.5 });
    expect(bob.take()).toMatchObject([{ type: "event", name: "motion", time: 12.5, from: ada.address }]);
  });

  test("join and leave are confirmed; who joins hears who is there, the others hear nothing", () => {
    const { ada, out, bob } = town();
    out.send({ type: "join", room: "lab" });
    const [ok, ...snapshot] = out.take();
    expect(ok).toEqual({ type: "join:ok", room: "lab" });
    expect(snapshot.map((frame) => frame.from).sort()).toEqual([ada.address, bob.address].sort());
    expect(ada.take()).toEqual([]);
    expect(reached(out, { to: ada.address }, ada)).toEqual(["ada"]);
    out.send({ type: "leave", room: "lab" });
    expect(out.take()).toEqual([{ type: "leave:ok", room: "lab" }]);
    expect(reached(out, { to: ada.address }, ada)).toEqual([]);
  });

  test("with dynamic rooms off, join, leave and the rooms of auth are refused", () => {
    const harness = new ServerHarness({ dynamicRooms: false });
    const ada = harness.join("ada", { rooms: ["lab"] });
    expect(ada.welcome.rooms).toEqual(["ada", "public"]);
    ada.send({ type: "join", room: "lab" }).send({ type: "leave", room: "public" });
    expect(ada.take()).toEqual([
      { type: "error", status: 400, message: "Dynamic rooms disabled" },
      { type: "error", status: 400, message: "Dynamic rooms disabled" },
    ]);
    expect(ada.closed).toBeUndefined();
  });

  test("a peer may be in a bounded number of rooms", () => {
    const harness = new ServerHarness();
    const rooms = Array.from({ length: 50 }, (_, i) => `room${i}`);
    const ada = harness.join("ada", { rooms });
    expect(ada.welcome.rooms).toHaveLength(32);
    ada.send({ type: "join", room: "one-more" });
    expect(ada.take()).toEqual([{ type: "error", status: 400, message: "Too many rooms" }]);
    ada.send({ type: "join", room: "room0" });
    expect(ada.take()).toEqual([{ type: "join:ok", room: "room0" }]);
    ada.close();
    expect(harness.server.report().rooms).toBe(0);
  });
});
