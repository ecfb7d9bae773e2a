import { describe, expect, test } from "vitest";
import type { PeerMessage } from "../../../src/core/symple/peer-message.js";
import type { SympleEndpoint } from "../../../src/core/symple/symple-endpoint.js";
import { milliseconds, seconds } from "../../../src/core/time/units.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { MemoryServer } from "./memory-server.js";

function world() {
  const clock = new ManualClock();
  return { clock, server: new MemoryServer(clock) };
}

/** Follows what an endpoint tells. */
function follow(endpoint: SympleEndpoint) {
  const log: string[] = [];
  const messages: PeerMessage[] = [];
  endpoint.changed.on((state) => log.push(state.kind));
  endpoint.roster.peerAdded.on((peer) => log.push(`+${peer.user}`));
  endpoint.roster.peerChanged.on((peer) => log.push(`~${peer.user}`));
  endpoint.roster.peerRemoved.on((peer) => log.push(`-${peer.user}`));
  endpoint.refused.on((error) => log.push(error.code));
  endpoint.received.on((message) => messages.push(message));
  return { log, messages };
}

function ownId(endpoint: SympleEndpoint): string {
  return endpoint.state.kind === "online" ? endpoint.state.peer.id : "";
}

describe("a Symple client", () => {
  test("opens, signs in and is online, through the states in their order", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada", { name: "Ada", peerType: "viewer", data: { mode: "x" } });
    const { log } = follow(ada);
    expect(ada.state).toEqual({ kind: "closed" });
    ada.open();
    ada.open();
    clock.advance(milliseconds(10));
    expect(log).toEqual(["connecting", "authenticating", "online"]);
    expect(ada.state).toMatchObject({
      kind: "online",
      peer: { user: "ada", name: "Ada", data: { peerType: "viewer", mode: "x" } },
    });
    expect(ada.rooms).toEqual(["ada", "public"]);
    expect(server.connectAttempts).toBe(1);
  });

  test("knows who is online: those before it, those after it, their changes, and who goes", () => {
    const { clock, server } = world();
    const [ada, bob, eve] = ["ada", "bob", "eve"].map((user) => server.endpoint(user));
    ada.open();
    clock.advance(seconds(1));
    const { log } = follow(bob);
    bob.open();
    clock.advance(milliseconds(10));
    eve.open();
    clock.advance(milliseconds(10));
    eve.setPresence({ capabilities: ["talk"] });
    clock.advance(milliseconds(10));
    eve.setPresence({ capabilities: ["talk"] });
    clock.advance(milliseconds(10));
    ada.close();
    clock.advance(milliseconds(10));
    expect(log).toEqual(["connecting", "authenticating", "online", "+ada", "+eve", "~eve", "-ada"]);
    expect(bob.roster.peers.map((peer) => peer.user)).toEqual(["eve"]);
    expect(bob.roster.get(ownId(eve))).toMatchObject({
      address: `eve|${ownId(eve)}`,
      data: { capabilities: ["talk"] },
    });
    expect(bob.roster.get(ownId(bob))).toBeUndefined();
    clock.advance(seconds(60));
    expect(bob.roster.peers).toHaveLength(1);
  });

  test("sends and receives; offline, sending tells so", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    const bob = server.endpoint("bob");
    const { messages } = follow(bob);
    expect(ada.send({ data: 1 })).toBe(false);
    ada.open();
    bob.open();
    clock.advance(milliseconds(10));
    expect(ada.send({ to: `bob|${ownId(bob)}`, subtype: "chat", data: { text: "hi" } })).toBe(true);
    expect(ada.send({ type: "command", to: "bob", fields: { node: "a:b" } })).toBe(true);
    clock.advance(milliseconds(10));
    expect(messages).toMatchObject([
      { type: "message", from: `ada|${ownId(ada)}`, subtype: "chat", data: { text: "hi" } },
      { type: "command", fields: { node: "a:b", id: expect.any(String) } },
    ]);
  });

  test("returns after the server was down for twenty seconds, with its rooms and its presence", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada", { rooms: ["lab"] });
    const { log } = follow(ada);
    ada.open();
    clock.advance(seconds(1));
    ada.join("cafe");
    ada.join("bar");
    ada.leave("bar");
    ada.setPresence({ mode: "busy" });
    clock.advance(seconds(20));
    expect([...ada.rooms].sort()).toEqual(["ada", "cafe", "lab", "public"]);
    server.crash();
    clock.advance(seconds(20));
    expect(ada.state.kind).not.toBe("online");
    expect(ada.rooms).toEqual([]);
    expect(server.connectAttempts).toBeGreaterThan(3);
    server.restart();
    clock.advance(seconds(31));
    expect(ada.state.kind).toBe("online");
    expect([...ada.rooms].sort()).toEqual(["ada", "cafe", "lab", "public"]);
    expect(server.machine.peers()).toMatchObject([{ user: "ada", data: { mode: "busy" } }]);
    expect(log.filter((entry) => entry === "online")).toHaveLength(2);
  });

  test("keeps trying for hours, at most once in fifteen seconds after a while", () => {
    const { clock, server } = world();
    server.mode = "down";
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(seconds(3600));
    const attempts = server.connectAttempts;
    expect(attempts).toBeGreaterThan(120);
    expect(attempts).toBeLessThan(250);
    server.restart();
    clock.advance(seconds(31));
    expect(ada.state.kind).toBe("online");
  });

  test("finds a server within 3.1 s of its return while somebody waits for it, however long it was away", () => {
    for (const awaySeconds of [2, 9, 61, 600, 3601.5]) {
      const { clock, server } = world();
      const ada = server.endpoint("ada");
      const [one, other] = [ada.hurry(), ada.hurry()];
      ada.open();
      clock.advance(seconds(20));
      server.crash();
      one[Symbol.dispose]();
      one[Symbol.dispose]();
      clock.advance(seconds(awaySeconds));
      server.restart();
      clock.advance(seconds(3.1));
      expect(ada.state.kind).toBe("online");
      other[Symbol.dispose]();
    }
  });

  test("a long wait is cut short when somebody begins to wait, and waits are long again when nobody does", () => {
    const { clock, server } = world();
    server.mode = "down";
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(seconds(300));
    const hurry = ada.hurry();
    clock.advance(seconds(3.1));
    const before = server.connectAttempts;
    clock.advance(seconds(60));
    expect(server.connectAttempts - before).toBeGreaterThanOrEqual(19);
    hurry[Symbol.dispose]();
    clock.advance(seconds(3));
    const patient = server.connectAttempts;
    clock.advance(seconds(60));
    expect(server.connectAttempts - patient).toBeLessThanOrEqual(4);
  });

  test("hurry makes no attempt where a refusal was final", () => {
    const { clock, server } = world();
    server.token = "secret";
    const ada = server.endpoint("ada", { token: "wrong" });
    using _hurry = ada.hurry();
    ada.open();
    clock.advance(seconds(60));
    expect(ada.state).toMatchObject({ kind: "error", retryAtUs: undefined });
    expect(server.connectAttempts).toBe(1);
  });

  test("tells why and when it will try again, and tries at once when it is asked to", () => {
    const { clock, server } = world();
    server.mode = "down";
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(seconds(20));
    const { state } = ada;
    expect(state).toMatchObject({ kind: "error", error: { code: "symple/unreachable" } });
    expect(state.kind === "error" && state.retryAtUs).toBeGreaterThan(clock.nowUs());
    server.restart();
    ada.open();
    clock.advance(milliseconds(10));
    expect(ada.state.kind).toBe("online");
  });

  test("a server that accepts the socket and says nothing is given up after ten seconds, and tried again", () => {
    const { clock, server } = world();
    server.mode = "silent";
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(seconds(9));
    expect(ada.state.kind).toBe("authenticating");
    clock.advance(seconds(1.1));
    expect(ada.state).toMatchObject({ kind: "error", error: { code: "symple/timeout" } });
    server.mode = "up";
    clock.advance(seconds(1));
    expect(ada.state.kind).toBe("online");
  });

  test("a refused sign-in is final: no further attempt until it is opened again", () => {
    const { clock, server } = world();
    server.token = "secret";
    const ada = server.endpoint("ada", { token: "wrong" });
    ada.open();
    clock.advance(seconds(600));
    expect(ada.state).toMatchObject({ kind: "error", error: { code: "symple/unauthorized" }, retryAtUs: undefined });
    expect(ada.state.kind === "error" && ada.state.error.message).not.toContain("wrong");
    expect(server.connectAttempts).toBe(1);
    server.token = "wrong";
    ada.open();
    clock.advance(milliseconds(10));
    expect(ada.state.kind).toBe("online");
  });

  test("without reconnection a lost connection is the end, and the roster is empty", () => {
    const { clock, server } = world();
    server.endpoint("bob").open();
    const ada = server.endpoint("ada", { reconnect: false });
    const { log } = follow(ada);
    ada.open();
    clock.advance(seconds(1));
    server.crash();
    clock.advance(seconds(60));
    expect(log).toEqual(["connecting", "authenticating", "online", "+bob", "error", "-bob"]);
  });

  test("a short loss of the connection leaves the roster as it was; who did not come back is removed", () => {
    const { clock, server } = world();
    const bob = server.endpoint("bob");
    const eve = server.endpoint("eve");
    server.input({
      kind: "virtual-added",
      peer: { user: "floe", id: "floe-server", name: "floe", type: "server", rooms: ["public"], data: {} },
    });
    const ada = server.endpoint("ada");
    for (const endpoint of [bob, eve, ada]) {
      endpoint.open();
    }
    clock.advance(seconds(20));
    const { log } = follow(ada);
    const oldBob = ownId(bob);
    server.breakAll();
    eve.close();
    clock.advance(seconds(2));
    expect(ada.roster.get("floe-server")).toBeDefined();
    expect(ada.state.kind).toBe("online");
    clock.advance(seconds(5));
    expect(log.filter((entry) => entry.endsWith("floe"))).toEqual([]);
    expect(ada.roster.get(oldBob)).toBeUndefined();
    expect(ada.roster.peers.map((peer) => peer.user).sort()).toEqual(["bob", "floe"]);
  });

  test("hears the server's shutdown notice, then loses the connection and waits for it to come back", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    const { log, messages } = follow(ada);
    ada.open();
    clock.advance(seconds(1));
    server.input({ kind: "shutdown" });
    clock.advance(milliseconds(10));
    expect(messages).toMatchObject([{ type: "event", from: "", subtype: "shutdown", fields: { name: "shutdown" } }]);
    expect(ada.state).toMatchObject({ kind: "error", error: { code: "symple/disconnected" } });
    expect(log.at(-1)).toBe("error");
  });

  test("is told what the server refused, and stays", () => {
    const clock = new ManualClock();
    const server = new MemoryServer(clock, { dynamicRooms: false });
    const ada = server.endpoint("ada");
    const { log } = follow(ada);
    ada.open();
    clock.advance(milliseconds(10));
    ada.join("lab");
    clock.advance(milliseconds(10));
    expect(log.at(-1)).toBe("symple/refused");
    expect(ada.state.kind).toBe("online");
  });

  test("says why it was thrown out when the server said so", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(milliseconds(10));
    for (let i = 0; i < 101; i++) {
      ada.send({ data: i });
    }
    clock.advance(milliseconds(10));
    expect(ada.state).toMatchObject({ kind: "error", error: { code: "symple/rate-limited" } });
  });

  test("answers the probe of a peer, and not a storm of them", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(seconds(1));
    const sentBefore = server.machine.report().counters.framesReceived;
    for (let i = 0; i < 60; i++) {
      server.endpoint(`asker${i}`).open();
    }
    clock.advance(milliseconds(100));
    expect(server.machine.report().counters.framesReceived - sentBefore).toBe(60);
    expect(ada.state.kind).toBe("online");
  });

  test("asks a server that sends no snapshot who is there", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    ada.open();
    clock.advance(milliseconds(10));
    const before = server.machine.report().counters.framesReceived;
    clock.advance(seconds(1));
    expect(server.machine.report().counters.framesReceived - before).toBe(1);
  });

  test("closing is quiet: no reconnection, no timer, nobody in the roster; closing twice is quiet too", () => {
    const { clock, server } = world();
    server.endpoint("bob").open();
    const ada = server.endpoint("ada");
    const { log } = follow(ada);
    ada.open();
    clock.advance(seconds(5));
    ada.close();
    ada.close();
    clock.advance(seconds(60));
    expect(log).toEqual(["connecting", "authenticating", "online", "+bob", "closed", "-bob"]);
    expect(server.machine.peers()).toMatchObject([{ user: "bob" }]);
  });

  test("closing while it connects leaves no socket behind", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    ada.open();
    ada.close();
    clock.advance(seconds(60));
    expect(ada.state.kind).toBe("closed");
    expect(server.machine.report().connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test("a socket that cannot even be made is an unreachable server", () => {
    const { clock, server } = world();
    const failures: unknown[] = [];
    const ada = server.endpoint("ada", {
      openSocket: () => {
        throw new Error("no");
      },
      listenerFailed: (error) => failures.push(error),
    });
    ada.open();
    clock.advance(milliseconds(10));
    expect(ada.state).toMatchObject({ kind: "error", error: { code: "symple/unreachable" } });
    expect(failures).toHaveLength(1);
  });

  test("a listener that throws is reported and breaks nothing", () => {
    const { clock, server } = world();
    const failures: unknown[] = [];
    const ada = server.endpoint("ada", { listenerFailed: (error) => failures.push(error) });
    ada.changed.on(() => {
      throw new Error("listener");
    });
    ada.open();
    clock.advance(milliseconds(10));
    expect(ada.state.kind).toBe("online");
    expect(failures).toHaveLength(3);
  });

  test("calls travel between a client and a virtual peer through the same signaller each time", () => {
    const { clock, server } = world();
    const ada = server.endpoint("ada");
    const bob = server.endpoint("bob");
    ada.open();
    bob.open();
    clock.advance(milliseconds(10));
    const heard: unknown[] = [];
    bob.signaller().received.on((message) => heard.push(message));
    expect(ada.signaller()).toBe(ada.signaller());
    ada.signaller().send({ kind: "control", peer: `bob|${ownId(bob)}`, control: "init" });
    clock.advance(milliseconds(10));
    expect(heard).toEqual([{ kind: "control", peer: `ada|${ownId(ada)}`, control: "init" }]);
  });

  test("a user's name that no server would take is misuse", () => {
    const { server } = world();
    expect(() => server.endpoint("a|b")).toThrow(/user's name/);
  });
});
