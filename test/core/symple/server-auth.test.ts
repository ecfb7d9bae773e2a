import { describe, expect, test } from "vitest";
import { seconds } from "../../../src/core/time/units.js";
import { ServerHarness } from "./server-harness.js";

describe("Symple sign-in", () => {
  test("a good auth is answered with welcome: protocol, status, peer, rooms with the user's own", () => {
    const harness = new ServerHarness();
    const ada = harness.open().send({
      type: "auth",
      user: "ada",
      name: "",
      token: "",
      rooms: ["lab", 5, "", "a|b"],
      data: { peerType: "viewer", id: "forged", online: false, type: "server", user: "x", name: "y" },
    });
    const [welcome, ...rest] = ada.take();
    expect(rest).toEqual([]);
    expect(welcome).toEqual({
      type: "welcome",
      protocol: "symple/4",
      status: 200,
      peer: {
        id: expect.stringMatching(/^[\w-]{16}$/),
        user: "ada",
        name: "ada",
        type: "Peer",
        online: true,
        peerType: "viewer",
      },
      rooms: ["ada", "public", "lab"],
    });
    expect(ada.closed).toBeUndefined();
  });

  test("the hook sees what the client said, and may name it, type it, place it and describe it", () => {
    const harness = new ServerHarness({ defaultRooms: [] });
    let seen: unknown;
    harness.verdict = (request) => {
      seen = request;
      return { accepted: true, name: "Ada L.", type: "staff", rooms: ["ops"], data: { level: 3 } };
    };
    const ada = harness.join("ada", { token: "t0", name: "Ada", data: { level: 1, mode: "x" } });
    expect(seen).toEqual({ user: "ada", name: "Ada", token: "t0", rooms: [], data: { level: 1, mode: "x" } });
    expect(ada.welcome.peer).toMatchObject({ name: "Ada L.", type: "staff", level: 3, mode: "x" });
    expect(ada.welcome.rooms).toEqual(["ada", "ops"]);
    expect(JSON.stringify(ada.welcome)).not.toContain("t0");
  });

  test("a missing user is error 401 and closes", () => {
    const nobody = new ServerHarness().open().send({ type: "auth" });
    expect(nobody.take()).toEqual([{ type: "error", status: 401, message: "Missing user field" }]);
    expect(nobody.closed).toMatchObject({ code: 1008 });
  });

  test.each(["a|b", "line\nbreak", "x".repeat(129), "\ud800"])("user %j is no name: 401", (user) => {
    const connection = new ServerHarness().open().send({ type: "auth", user });
    expect(connection.take()).toMatchObject([{ type: "error", status: 401 }]);
    expect(connection.closed).toBeDefined();
  });

  test("a bad token is error 401 after the hook has spoken, and closes", () => {
    const harness = new ServerHarness();
    harness.verdict = ({ token }) => ({ accepted: token === "right" });
    const mallory = harness.open().send({ type: "auth", user: "mallory", token: "wrong" });
    expect(mallory.take()).toEqual([{ type: "error", status: 401, message: "Authentication failed" }]);
    expect(mallory.closed).toMatchObject({ code: 1008 });
    expect(harness.join("ada", { token: "right" }).welcome.status).toBe(200);
  });

  test("a first frame that is not auth is error 401 and closes", () => {
    for (const frame of [{ type: "message", to: "x" }, { type: "nonsense" }, {}, { type: "close" }]) {
      const connection = new ServerHarness().open().send(frame);
      expect(connection.take()).toEqual([{ type: "error", status: 401, message: "Not authenticated" }]);
      expect(connection.closed).toBeDefined();
    }
  });

  test("a silent connection gets 408 and is closed at ten seconds", () => {
    const harness = new ServerHarness();
    const silent = harness.open();
    harness.advance(seconds(10) - 1);
    expect(silent.closed).toBeUndefined();
    harness.advance(1);
    expect(silent.take()).toEqual([{ type: "error", status: 408, message: "Authentication timeout" }]);
    expect(silent.closed).toBeDefined();
    expect(harness.server.report().connections).toBe(0);
    expect(harness.server.deadlineUs).toBeUndefined();
  });

  test("garbage does not put the 408 off, and a hook that never answers does not either", () => {
    const harness = new ServerHarness();
    harness.verdict = () => undefined;
    const talker = harness.open();
    const verified = harness.open().send({ type: "auth", user: "ada" });
    for (let second = 0; second < 10; second++) {
      talker.text("{");
      harness.advance(seconds(1));
    }
    expect(talker.take()).toMatchObject([{ status: 408 }]);
    expect(verified.take()).toMatchObject([{ status: 408 }]);
  });

  test("the hook's own words reach the client whole, and fit into the close frame", () => {
    const harness = new ServerHarness();
    const message = "Der Zähler ist übergelaufen. ".repeat(20);
    harness.verdict = () => ({ accepted: false, message });
    const ada = harness.open().send({ type: "auth", user: "ada" });
    expect(ada.take()).toMatchObject([{ status: 401, message }]);
    const reason = typeof ada.closed === "object" ? ada.closed.reason : "";
    expect(new TextEncoder().encode(reason).length).toBeLessThanOrEqual(123);
  });

  test("frames sent while the hook decides are served in order after the welcome", () => {
    const harness = new ServerHarness();
    harness.verdict = () => undefined;
    const eager = harness.open().send({ type: "auth", user: "ada" }).send({ type: "join", room: "lab" });
    expect(eager.take()).toEqual([]);
    harness.input({ kind: "verdict", connection: eager.id, verdict: { accepted: true } });
    expect(eager.take().map((frame) => frame.type)).toEqual(["welcome", "join:ok"]);
  });

  test("no more than a bounded number of frames waits for the hook", () => {
    const harness = new ServerHarness();
    harness.verdict = () => undefined;
    const eager = harness.open().send({ type: "auth", user: "ada" });
    for (let i = 0; i < 33; i++) {
      eager.send({ type: "join", room: "lab" });
    }
    expect(eager.take()).toMatchObject([{ status: 429 }]);
  });

  test("a verdict for a connection that has gone is quiet, and a second one too", () => {
    const harness = new ServerHarness();
    harness.verdict = () => undefined;
    const gone = harness.open().send({ type: "auth", user: "ada" });
    gone.close();
    harness.input({ kind: "verdict", connection: gone.id, verdict: { accepted: true } });
    expect(harness.server.report().peers).toBe(0);
    const ada = new ServerHarness().join("ada");
    expect(ada.take()).toEqual([]);
  });

  test("auth a second time is counted and ignored", () => {
    const harness = new ServerHarness();
    const ada = harness.join("ada").send({ type: "auth", user: "eve" });
    expect(ada.take()).toEqual([]);
    expect(harness.server.report().counters.ignored).toBe(1);
  });
});
