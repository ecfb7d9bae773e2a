import { describe, expect, test } from "vitest";
import { seconds } from "../../../src/core/time/units.js";
import { ServerHarness } from "./server-harness.js";

describe("Symple limits", () => {
  test("connection 1025 is told 503 and closed; the others stay", () => {
    const harness = new ServerHarness();
    const first = harness.join("first");
    for (let i = 1; i < 1024; i++) {
      harness.open();
    }
    const late = harness.open();
    expect(late.take()).toEqual([{ type: "error", status: 503, message: "Server at capacity" }]);
    expect(late.closed).toMatchObject({ code: 1013 });
    expect(harness.server.report().connections).toBe(1024);
    first.close();
    expect(harness.join("next").welcome.status).toBe(200);
  });

  test("a message of 65 536 bytes is taken, one more byte is 413 and closes", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness.join("bob");
    harness.takeAll();
    const frame = (length: number): string => {
      const empty = JSON.stringify({ type: "message", data: "" });
      return JSON.stringify({ type: "message", data: "x".repeat(length - empty.length) });
    };
    ada.text(frame(65_536));
    expect(bob.take()).toHaveLength(1);
    ada.text(frame(65_537));
    expect(ada.take()).toEqual([{ type: "error", status: 413, message: "Message too large" }]);
    expect(ada.closed).toMatchObject({ code: 1009 });
    expect(bob.take()).toMatchObject([{ type: "presence", data: { online: false } }]);
  });

  test("a stranger's frame may be 4 KiB", () => {
    const harness = new ServerHarness();
    const stranger = harness.open().send({ type: "auth", user: "ada", data: { blob: "x".repeat(5000) } });
    expect(stranger.take()).toMatchObject([{ status: 413 }]);
  });

  test("message 101 of a burst is 429 and closes, garbage counting like messages", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    for (let i = 0; i < 100; i++) {
      ada.text(i % 2 === 0 ? "{" : '{"type":"message"}');
    }
    expect(ada.closed).toBeUndefined();
    ada.send({ type: "message" });
    expect(ada.take()).toEqual([{ type: "error", status: 429, message: "Rate limit exceeded" }]);
    expect(ada.closed).toMatchObject({ code: 1008 });
    ada.send({ type: "message" });
    expect(ada.take()).toEqual([]);
  });

  test("two mebibytes in a burst are 429, before they could fill anybody else's queue", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const frame = JSON.stringify({ type: "message", data: "x".repeat(60_000) });
    for (let i = 0; i < 34; i++) {
      ada.text(frame);
    }
    expect(ada.closed).toBeUndefined();
    ada.text(frame);
    expect(ada.take()).toMatchObject([{ status: 429 }]);
  });

  test("ten messages a second may go on for ever", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    for (let i = 0; i < 1000; i++) {
      ada.send({ type: "message" });
      harness.advance(100_000);
    }
    expect(ada.closed).toBeUndefined();
  });

  test("a silent peer is pinged and stays for as long as it answers", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    for (let i = 0; i < 20; i++) {
      const before = ada.pings;
      harness.advance(seconds(11));
      expect(ada.pings).toBeGreaterThan(before);
      harness.input({ kind: "alive", connection: ada.id });
    }
    expect(ada.closed).toBeUndefined();
  });

  test("a peer that misses two pings is dropped after thirty silent seconds, and the others hear it", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const frozen = harness.join("frozen");
    for (let second = 0; second < 30; second++) {
      expect(frozen.closed).toBeUndefined();
      harness.input({ kind: "alive", connection: ada.id });
      harness.advance(seconds(1));
    }
    expect(frozen.pings).toBe(2);
    expect(frozen.closed).toBe("dropped");
    expect(ada.take().at(-1)).toMatchObject({ type: "presence", from: frozen.address, data: { online: false } });
    expect(harness.server.report().counters.deadPeers).toBe(1);
  });

  test("the deadline is always in the future, so that a driver never spins", () => {
    const harness = new ServerHarness();
    for (let i = 0; i < 50; i++) {
      harness.join(`peer${i}`);
      harness.advance(37_000);
    }
    let ticks = 0;
    while (harness.server.deadlineUs !== undefined && ticks < 10_000) {
      const deadlineUs = harness.server.deadlineUs;
      harness.advance(deadlineUs - harness.nowUs);
      expect(harness.server.deadlineUs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(deadlineUs);
      ticks++;
    }
    expect(ticks).toBeLessThan(200);
    expect(harness.server.report().connections).toBe(0);
  });

  test("shutdown tells every client, closes it with 1001, tells virtual peers who left, and lets nobody in", () => {
    const harness = new ServerHarness();
    harness.input({
      kind: "virtual-added",
      peer: { user: "floe", id: "f", name: "floe", type: "server", rooms: ["public"], data: {} },
    });
    const ada = harness.join("ada");
    const bob = harness.join("bob");
    const stranger = harness.open();
    harness.takeAll();
    harness.input({ kind: "shutdown" });
    for (const connection of [ada, bob, stranger]) {
      expect(connection.take()).toEqual([
        { type: "event", name: "shutdown", subtype: "shutdown", message: "Server shutting down" },
      ]);
      expect(connection.closed).toMatchObject({ code: 1001 });
    }
    expect(harness.others.filter((output) => output.kind === "presence" && !output.online)).toHaveLength(2);
    expect(harness.open().take()).toMatchObject([{ status: 503 }]);
    expect(harness.server.deadlineUs).toBeUndefined();
  });
});

describe("Symple bad input", () => {
  test("what is no JSON object is ignored and counted", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '"auth"',
      "12",
      "[".repeat(30_000),
      `{"a":${"[".repeat(40)}${"]".repeat(40)}}`,
    ]) {
      ada.text(text);
    }
    harness.input({ kind: "binary", connection: ada.id, byteLength: 3 });
    expect(ada.take()).toEqual([]);
    expect(ada.closed).toBeUndefined();
    expect(harness.server.report().counters.unparsable).toBe(9);
  });

  test("unknown types are ignored and counted", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    for (const frame of [
      {},
      { type: "zap" },
      { type: 5 },
      { type: null },
      { type: "__proto__" },
      { type: "welcome" },
    ]) {
      ada.send(frame);
    }
    expect(ada.take()).toEqual([]);
    expect(harness.server.report().counters.ignored).toBe(6);
  });

  test("known types of the wrong shape are answered with 400 and the connection stays", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const frames = [
      { type: "join" },
      { type: "leave", room: 7 },
      { type: "join", room: "a|b" },
      { type: "message", to: 5 },
      { type: "message", to: "" },
      { type: "message", to: { id: "x" } },
      { type: "message", to: ["a", 5] },
      { type: "message", to: Array.from({ length: 33 }, (_, i) => `r${i}`) },
      { type: "message", subtype: {} },
      { type: "presence", data: "x" },
    ];
    for (const frame of frames) {
      ada.send(frame);
    }
    expect(ada.take().map((frame) => frame.status)).toEqual(frames.map(() => 400));
    expect(ada.closed).toBeUndefined();
    expect(harness.server.report().counters.malformed).toBe(frames.length);
  });

  test("prototype keys go nowhere: not into our objects, not on to other peers", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada");
    const bob = harness
      .open()
      .text(
        '{"type":"auth","user":"bob","data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}',
      );
    bob.text('{"type":"message","__proto__":{"polluted":1},"data":{"a":{"\\u005f_proto__":{"polluted":1}}}}');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(JSON.stringify(ada.take())).not.toContain("__proto__");
  });

  test("the fields of auth are read as own keys only", () => {
    const connection = new ServerHarness().open().text('{"type":"auth","__proto__":{"user":"eve"}}');
    expect(connection.take()).toMatchObject([{ status: 401, message: "Missing user field" }]);
  });
});
