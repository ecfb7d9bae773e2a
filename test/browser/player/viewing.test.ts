import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PlayerState } from "../../../src/browser/player/player-state.js";
import { NO_WATCH_STATS } from "../../../src/browser/player/player-stats.js";
import { Viewing } from "../../../src/browser/player/viewing.js";
import type { WatchVideoStats } from "../../../src/browser/webrtc/watch-stats.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import type { RemotePeer } from "../../../src/core/symple/server-frame.js";
import { seconds } from "../../../src/core/time/units.js";
import type { EndCode } from "../../../src/core/webrtc/peer-session-state.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { FakeClient, FakeSession, FLOE, remotePeer } from "./fakes.js";

const UNREACHABLE = new FloeError("symple/unreachable", "The server cannot be reached", { fix: "Check that it runs." });

function start(wanted = "floe") {
  const client = new FakeClient();
  const clock = new ManualClock();
  const sessions: FakeSession[] = [];
  const states: PlayerState[] = [];
  const viewing = new Viewing({
    client,
    clock,
    wanted,
    openSession: (peer) => {
      const session = new FakeSession(peer);
      sessions.push(session);
      return session;
    },
  });
  viewing.changed.on((state) => states.push(state));
  viewing.start();
  return { client, clock, sessions, states, viewing };
}

function playing(wanted?: string) {
  const all = start(wanted);
  all.client.add(FLOE);
  all.client.online();
  all.sessions[0].negotiate();
  all.sessions[0].connect();
  all.viewing.pictureShown();
  return all;
}

describe("a viewing that goes well", () => {
  test("goes from connecting over calling and negotiating to playing", () => {
    const { states, sessions } = playing();
    const peer = "floe|floe-server";
    expect(states).toEqual([
      { kind: "starting", peer, step: "answer" },
      { kind: "starting", peer, step: "path" },
      { kind: "starting", peer, step: "picture" },
      { kind: "playing", peer, isInterrupted: false },
    ]);
    expect(sessions.map(({ started, closed }) => ({ started, closed }))).toEqual([{ started: 1, closed: 0 }]);
  });

  test("waits for the peer it wants, whoever else comes", () => {
    const { client, viewing, sessions } = start();
    client.online();
    expect(viewing.state).toEqual({ kind: "waiting", wanted: "floe" });
    client.add(remotePeer("somebody", "1", { capabilities: ["view"] }));
    expect(viewing.state.kind).toBe("waiting");
    client.add(FLOE);
    expect(viewing.state).toMatchObject({ kind: "starting", peer: "floe|floe-server" });
    expect(sessions).toHaveLength(1);
  });

  test("calls a peer that becomes watchable, when any will do", () => {
    const { client, viewing } = start("");
    client.online();
    const camera = remotePeer("camera", "7");
    client.add(camera);
    expect(viewing.state).toEqual({ kind: "waiting", wanted: "" });
    const ready = remotePeer("camera", "7", { capabilities: ["view"] });
    client.peers.splice(0, 1, ready);
    client.roster.peerChanged.emit(ready);
    expect(viewing.state).toMatchObject({ kind: "starting", peer: "camera|7" });
  });

  test("says when the path is interrupted, and when it is back", () => {
    const { sessions, viewing } = playing();
    sessions[0].interrupt();
    expect(viewing.state).toMatchObject({ kind: "playing", isInterrupted: true });
    sessions[0].connect();
    expect(viewing.state).toMatchObject({ kind: "playing", isInterrupted: false });
  });

  test("closes its call and listens to nothing once it is closed", () => {
    const { client, sessions, viewing, states } = playing();
    viewing.close();
    const before = states.length;
    client.enter({ kind: "closed" });
    client.remove(FLOE);
    sessions[0].end("hangup");
    expect(sessions[0].closed).toBe(1);
    expect(states).toHaveLength(before);
    expect(client.changed.size + client.roster.peerAdded.size + sessions[0].changed.size).toBe(0);
  });
});

describe("a viewing that meets trouble", () => {
  test("tells the reason of a failed attempt until the next one succeeds", () => {
    const { client, viewing, states } = start();
    client.enter({ kind: "error", error: UNREACHABLE, retryAtUs: 1 });
    const problem = "The server cannot be reached. Check that it runs.";
    expect(viewing.state).toEqual({ kind: "connecting", problem });
    client.enter({ kind: "connecting", attempt: 2 });
    client.enter({ kind: "authenticating", attempt: 2 });
    expect(viewing.state).toEqual({ kind: "connecting", problem });
    expect(states).toHaveLength(1);
  });

  test("fails when the server refuses for good", () => {
    const { client, viewing } = start();
    const error = new FloeError("symple/unauthorized", "The server refused the sign-in");
    client.enter({ kind: "error", error, retryAtUs: undefined });
    expect(viewing.state).toEqual({ kind: "failed", error });
  });

  test("drops the call with the connection to the server, and calls again on the new one", () => {
    const { client, sessions, viewing } = playing();
    client.enter({ kind: "error", error: UNREACHABLE, retryAtUs: 1 });
    expect(viewing.state.kind).toBe("connecting");
    expect(sessions[0].closed).toBe(1);
    client.online();
    expect(sessions).toHaveLength(2);
    expect(viewing.state).toMatchObject({ kind: "starting", step: "answer" });
    sessions[1].connect();
    expect(viewing.state).toMatchObject({ kind: "starting", step: "picture" });
  });

  test("waits when the peer leaves, and calls when it is back", () => {
    const { client, sessions, viewing } = playing();
    client.remove(FLOE);
    expect(viewing.state).toEqual({ kind: "waiting", wanted: "floe" });
    client.add(FLOE);
    expect(sessions).toHaveLength(2);
  });

  const withSource = (state: string, words = "") =>
    remotePeer("floe", "floe-server", { capabilities: ["view"], source: { name: "cam", state, words } });

  test("tells what becomes of the source behind its picture, and keeps the call", () => {
    const { client, sessions, viewing } = playing();
    const heard: (string | undefined)[] = [];
    viewing.sourceChanged.on((source) => heard.push(source?.state));
    client.change(withSource("open"));
    client.change(withSource("reconnecting", "source/timeout: the camera does not answer"));
    client.change(withSource("open"));
    client.change(withSource("open"));
    client.change({ ...remotePeer("other", "9"), data: { source: { state: "error" } } });
    expect(heard).toEqual(["open", "reconnecting", "open"]);
    expect(viewing.source).toEqual({ name: "cam", state: "open", words: "", passthrough: "" });
    expect(sessions).toHaveLength(1);
    expect(viewing.state.kind).toBe("playing");
  });

  test.each([
    "hangup",
    "rejected",
  ] as const)("after %s for want of a source it plays when the source is open", (code) => {
    const { client, sessions, viewing } = playing();
    client.change(withSource("error", "refused"));
    sessions[0].end(code, "source unavailable: source/refused: nobody listens there.");
    expect(viewing.state.kind).toBe("ended");
    client.change(withSource("idle"));
    expect(sessions).toHaveLength(1);
    client.change(withSource("open"));
    expect(sessions).toHaveLength(2);
  });

  test("hurries its client as long as it wants a picture", () => {
    const { client, viewing } = playing();
    expect(client.hurried).toBe(1);
    viewing.close();
    expect(client.hurried).toBe(0);
  });

  test("rests with the reason after the other side hung up, until that peer has gone and come", () => {
    const { client, sessions, viewing } = playing();
    sessions[0].end("hangup", "source unavailable: the camera is off");
    expect(viewing.state).toEqual({
      kind: "ended",
      peer: "floe|floe-server",
      reason: "The other side ended the call: source unavailable: the camera is off.",
    });
    client.roster.peerChanged.emit(FLOE);
    expect(sessions).toHaveLength(1);
    client.remove(FLOE);
    client.add(FLOE);
    expect(sessions).toHaveLength(2);
  });

  test("calls again by itself when the path of a picture was lost, but not when there never was a picture", () => {
    const { sessions, viewing } = playing();
    sessions[0].end("connection-lost");
    expect(sessions).toHaveLength(2);
    sessions[1].end("connection-lost");
    expect(sessions).toHaveLength(2);
    expect(viewing.state).toMatchObject({ kind: "failed", error: { code: "call/connection-lost" } });
  });

  test.each<EndCode>([
    "busy",
    "rejected",
    "no-answer",
    "negotiation-timeout",
    "negotiation-failed",
    "no-candidates",
    "no-path",
    "dtls-failed",
  ])("fails with what to do when a call ends with %s", (code) => {
    const { client, sessions, viewing } = start();
    client.add(FLOE);
    client.online();
    sessions[0].end(code);
    const { state } = viewing;
    expect(state.kind).toBe("failed");
    if (state.kind === "failed") {
      expect(state.error.code).toBe(`call/${code}`);
      expect(state.error.message).toMatch(/^[A-Z].*\.$/);
      expect(state.error.fix).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe("a call that is connected and brings nothing", () => {
  const SILENT = { code: "call/media-silent", message: "The connection is there, but no media comes over it." };
  const source = (state: string) => ({ name: "door", state, words: "", passthrough: "" });
  const one = { packetsReceived: 1 } as unknown as WatchVideoStats;

  function connected(data: RemotePeer["data"] = {}) {
    const all = start();
    all.client.add(remotePeer("floe", "floe-server", { capabilities: ["view"], ...data }));
    all.client.online();
    all.sessions[0].negotiate();
    all.sessions[0].connect();
    return all;
  }

  async function wait({ clock }: Pick<ReturnType<typeof start>, "clock">, us = seconds(10)): Promise<void> {
    clock.advance(us);
    // The statistics are a promise.
    await Promise.resolve().then().then();
  }

  test("fails after ten seconds, with a code and words of its own", async () => {
    const all = connected();
    await wait(all, seconds(10) - 1);
    expect(all.viewing.state).toMatchObject({ kind: "starting", step: "picture" });
    await wait(all, 1);
    expect(all.viewing.state).toMatchObject({ kind: "failed", error: SILENT });
    expect(all.sessions[0].closed).toBe(1);
    expect(all.clock.pending).toBe(0);
  });

  test("goes on when packets came, and when the picture was there in time", async () => {
    const late = connected();
    late.sessions[0].look = { ...NO_WATCH_STATS, video: one };
    await wait(late);
    expect(late.viewing.state).toMatchObject({ kind: "starting", step: "picture" });
    const shown = connected();
    shown.viewing.pictureShown();
    await wait(shown);
    expect(shown.viewing.state.kind).toBe("playing");
    expect([late.clock.pending, shown.clock.pending]).toEqual([0, 0]);
  });

  test("waits on for a source that is away, and fails when that is back and still silent", async () => {
    const all = connected({ source: source("reconnecting") });
    await wait(all);
    expect(all.viewing.state).toMatchObject({ kind: "starting", step: "picture" });
    all.client.change(remotePeer("floe", "floe-server", { capabilities: ["view"], source: source("open") }));
    await wait(all);
    expect(all.viewing.state).toMatchObject({ kind: "failed", error: SILENT });
  });

  test("is made again when the source has been away and is back", async () => {
    const all = connected({ source: source("open") });
    await wait(all);
    expect(all.viewing.state).toMatchObject({ kind: "failed", error: SILENT });
    const told = (state: string) =>
      remotePeer("floe", "floe-server", { capabilities: ["view"], source: source(state) });
    all.client.change(told("reconnecting"));
    expect(all.sessions).toHaveLength(1);
    all.client.change(told("open"));
    expect(all.sessions).toHaveLength(2);
    expect(all.viewing.state).toMatchObject({ kind: "starting", step: "answer" });
  });

  test("that is hung up is watched no more", async () => {
    const all = connected();
    all.viewing.close();
    await wait(all);
    expect([all.sessions[0].looks, all.clock.pending]).toEqual([0, 0]);
  });
});

describe("a viewing under any order of events", () => {
  type Scene = ReturnType<typeof start>;
  const latest = ({ sessions }: Scene): FakeSession | undefined => sessions.at(-1);
  const events: Record<string, (scene: Scene) => void> = {
    online: ({ client }) => client.online(),
    lost: ({ client }) => client.enter({ kind: "error", error: UNREACHABLE, retryAtUs: 1 }),
    refused: ({ client }) => client.enter({ kind: "error", error: UNREACHABLE, retryAtUs: undefined }),
    retrying: ({ client }) => client.enter({ kind: "connecting", attempt: 2 }),
    shut: ({ client }) => client.enter({ kind: "closed" }),
    come: ({ client }) => (client.peers.includes(FLOE) ? undefined : client.add(FLOE)),
    leave: ({ client }) => (client.peers.includes(FLOE) ? client.remove(FLOE) : undefined),
    negotiate: (scene) => latest(scene)?.negotiate(),
    connect: (scene) => latest(scene)?.connect(),
    interrupt: (scene) => latest(scene)?.interrupt(),
    picture: ({ viewing }) => viewing.pictureShown(),
    hangup: (scene) => latest(scene)?.end("hangup"),
    broken: (scene) => latest(scene)?.end("connection-lost"),
    busy: (scene) => latest(scene)?.end("busy"),
  };

  test("there is one open call at most, it is the state's, and no state is told twice in a row", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.keys(events)), { maxLength: 40 }), (names) => {
        const scene = start();
        for (const name of names) {
          events[name](scene);
          const { viewing, sessions, client } = scene;
          const open = sessions.filter(({ closed }) => closed === 0);
          const { kind } = viewing.state;
          expect(open).toEqual(kind === "starting" || kind === "playing" ? [viewing.session] : []);
          expect(open.length === 0 || client.state.kind === "online").toBe(true);
          expect(sessions.every(({ closed }) => closed <= 1)).toBe(true);
        }
        scene.states.forEach((state, i) => {
          expect(state.kind !== "failed" && JSON.stringify(state) === JSON.stringify(scene.states[i - 1])).toBe(false);
        });
        scene.viewing.close();
        expect(scene.sessions.every(({ closed }) => closed === 1)).toBe(true);
      }),
    );
  });
});

describe("a call that takes a while to make", () => {
  /** Whoever awaits has heard of what was settled before. */
  const told = async (): Promise<void> => {
    await Promise.resolve();
  };

  function opening() {
    const client = new FakeClient();
    const made: { readonly session: FakeSession; done(): void; fail(error: unknown): void }[] = [];
    const viewing = new Viewing({
      clock: new ManualClock(),
      client,
      wanted: "floe",
      openSession: (peer) => {
        const session = new FakeSession(peer);
        let settle: { done(): void; fail(error: unknown): void } = { done: () => {}, fail: () => {} };
        const opened = new Promise<FakeSession>((resolve, reject) => {
          settle = { done: () => resolve(session), fail: reject };
        });
        made.push({ session, ...settle });
        return opened;
      },
    });
    viewing.start();
    client.add(FLOE);
    client.online();
    return { client, made, viewing };
  }

  test("is starting meanwhile, and starts when it is made", async () => {
    const { made, viewing } = opening();
    expect(viewing.state).toEqual({ kind: "starting", peer: "floe|floe-server", step: "answer" });
    expect(viewing.session).toBeUndefined();
    made[0].done();
    await told();
    expect(made[0].session.started).toBe(1);
    expect(viewing.session).toBe(made[0].session);
  });

  test("is not started when the wish is gone before: it is closed, and another one is not disturbed", async () => {
    const { client, made, viewing } = opening();
    client.enter({ kind: "connecting", attempt: 2 });
    client.online();
    expect(made).toHaveLength(2);
    made[1].done();
    made[0].done();
    await told();
    expect(made.map(({ session }) => [session.started, session.closed])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(viewing.session).toBe(made[1].session);
  });

  test("is given up when its peer goes, and when the viewing is closed", async () => {
    const gone = opening();
    gone.client.remove(FLOE);
    expect(gone.viewing.state).toEqual({ kind: "waiting", wanted: "floe" });
    const closed = opening();
    closed.viewing.close();
    for (const { made } of [gone, closed]) {
      made[0].done();
      await told();
      expect([made[0].session.started, made[0].session.closed]).toEqual([0, 1]);
    }
  });

  test("that cannot be made fails in words", async () => {
    const { made, viewing } = opening();
    made[0].fail(new TypeError("no such thing"));
    await told();
    expect(viewing.state).toMatchObject({ kind: "failed", error: { code: "player/cannot-start" } });
  });
});
