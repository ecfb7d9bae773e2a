import { describe, expect, test } from "vitest";
import { addSample, stripLines, stripWords } from "../../../examples/playground/src/model/bitrate-strip.js";
import { checkRow, progressWords, reportText } from "../../../examples/playground/src/model/check-rows.js";
import { actionOfKey, KEYS, type KeyPress } from "../../../examples/playground/src/model/keys.js";
import { networkRows, relayUse } from "../../../examples/playground/src/model/network-rows.js";
import { numberRows } from "../../../examples/playground/src/model/number-rows.js";
import { describeOthers, nothingToWatch, peerRows } from "../../../examples/playground/src/model/peer-rows.js";
import { describeSource, sourceTrouble } from "../../../examples/playground/src/model/source-rows.js";
import { keepToken, type TokenPlace, takeToken } from "../../../examples/playground/src/model/token.js";
import { NO_WATCH_STATS, type PlayerStats } from "../../../src/browser/player/player-stats.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { FLOE, remotePeer } from "./fakes.js";

const viewer = remotePeer("viewer", "v1");

describe("the page's list of peers", () => {
  test("names those who can be watched, and counts those who only watch", () => {
    const stream = remotePeer("floe", "floe-server", { capabilities: ["view"], mode: "stream" });
    expect(peerRows([viewer, stream], "")).toEqual([
      { address: "floe|floe-server", name: "floe", description: "Server · stream", isWatched: false },
    ]);
    expect(describeOthers([stream])).toBe("");
    expect(describeOthers([stream, viewer])).toBe("1 other viewer is connected.");
    expect(describeOthers([viewer, stream, viewer])).toBe("2 other viewers are connected.");
  });

  test("keeps the peer that is watched while it is away, so that one can hang up", () => {
    expect(peerRows([], FLOE.address)).toEqual([
      { address: "floe|floe-server", name: "floe", description: "Not here at the moment", isWatched: true },
    ]);
    expect(peerRows([FLOE], FLOE.address)).toHaveLength(1);
  });

  const online = { kind: "online", peer: viewer } as const;
  const scene = { link: online, trouble: undefined, hasToken: false, peers: [viewer] } as const;
  const trouble = (code: string) => new FloeError(code, "The server refused a message (500: what)");

  test("says nothing when there is something to watch", () => {
    expect(nothingToWatch({ ...scene, peers: [viewer, FLOE] })).toBe("");
  });

  test.each([
    [scene, "no peer offers a picture. It appears here as soon as one does"],
    [{ ...scene, link: { kind: "connecting", attempt: 1 } }, "the page is still connecting to the server"],
    [
      { ...scene, peers: [remotePeer("floe", "s", { capabilities: [], mode: "record" })] },
      "the server is in record mode and nobody sends a picture yet",
    ],
    [{ ...scene, link: { kind: "closed" }, trouble: trouble("symple/unreachable") }, "the server cannot be reached"],
    [{ ...scene, link: { kind: "closed" }, trouble: trouble("symple/timeout") }, "the server does not answer"],
    [
      { ...scene, link: { kind: "connecting", attempt: 2 }, trouble: trouble("symple/disconnected") },
      "the connection to the server was lost",
    ],
    [
      { ...scene, link: { kind: "closed" }, trouble: trouble("symple/at-capacity") },
      "the server takes no more connections",
    ],
    [{ ...scene, link: { kind: "closed" }, trouble: trouble("symple/unauthorized") }, "the server asks for a token"],
    [
      { ...scene, link: { kind: "closed" }, trouble: trouble("symple/unauthorized"), hasToken: true },
      "the server refused the token",
    ],
    [
      { ...scene, link: { kind: "closed" }, trouble: trouble("symple/refused") },
      "there is no connection to the server (The server refused a message (500: what))",
    ],
  ] as const)("says why there is nothing to watch (%#)", (given, reason) => {
    expect(nothingToWatch(given)).toMatch(/^Nothing to watch (yet )?because /);
    expect(nothingToWatch(given)).toContain(`because ${reason}.`);
  });
});

describe("the page's source", () => {
  const facts = { name: "cam", state: "error", words: "source/auth: wrong password.", passthrough: "" } as const;

  test("is said to be the reason when every picture hangs on a broken one", () => {
    expect(sourceTrouble([facts])).toEqual({
      title: "Nothing to watch because the source is unavailable.",
      detail: "source/auth: wrong password.",
    });
    expect(sourceTrouble([facts, { ...facts, state: "idle" }])).toBeUndefined();
    expect(sourceTrouble([facts, undefined])).toBeUndefined();
    expect(sourceTrouble([undefined])).toBeUndefined();
    expect(sourceTrouble([])).toBeUndefined();
  });

  test.each([
    ["idle", "Closed while nobody watches"],
    ["open", "Open"],
    ["reconnecting", "Camera reconnecting…"],
    ["error", "Unavailable"],
  ] as const)("that is %s reads '%s'", (state, title) => {
    const passthrough = "passthrough: no, because the stream has B-frames";
    expect(describeSource({ ...facts, state, passthrough })).toEqual({
      state,
      name: "cam",
      title,
      detail: "source/auth: wrong password.",
      passthrough: "no, because the stream has B-frames",
    });
  });
});

describe("the page's keys", () => {
  const press = (key: string, more: Partial<KeyPress> = {}, target: object = { localName: "body" }): KeyPress => ({
    key,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    repeat: false,
    defaultPrevented: false,
    composedPath: () => [target as EventTarget],
    ...more,
  });

  test("are M, S, F and Esc, in either case", () => {
    expect(["m", "S", "f", "Escape", "x", "Enter"].map((key) => actionOfKey(press(key)))).toEqual([
      ...["sound", "snapshot", "fullscreen", "hangup"],
      ...[undefined, undefined],
    ]);
    expect(KEYS.map(({ key }) => key)).toEqual(["M", "S", "F", "Esc"]);
  });

  test("mean nothing while somebody types, but something on a slider or a button", () => {
    for (const target of [
      ...[{ localName: "input", type: "password" }, { localName: "input", type: "" }, { localName: "textarea" }],
      ...[{ localName: "select" }, { localName: "p", isContentEditable: true }],
    ]) {
      expect(actionOfKey(press("m", {}, target))).toBeUndefined();
    }
    expect(actionOfKey(press("m", {}, { localName: "input", type: "range" }))).toBe("sound");
    expect(actionOfKey(press("m", {}, { localName: "button" }))).toBe("sound");
  });

  test.each(["ctrlKey", "altKey", "metaKey", "repeat", "defaultPrevented"])("mean nothing with %s", (name) => {
    expect(actionOfKey(press("s", { [name]: true }))).toBeUndefined();
  });
});

describe("the page's token", () => {
  function place(href: string, stored: Record<string, string> = {}): TokenPlace & { shown: string } {
    return {
      shown: href,
      location: { href },
      history: {
        state: { page: 1 },
        replaceState(_state, _unused, url) {
          tab.shown = url;
        },
      },
      sessionStorage: {
        getItem: (key) => stored[key] ?? null,
        setItem: (key, value) => {
          stored[key] = value;
        },
        removeItem: (key) => {
          delete stored[key];
        },
      },
    } satisfies TokenPlace & { shown: string };
  }
  let tab: TokenPlace & { shown: string };

  test("is taken out of the address, which keeps the rest, and is kept for the tab", () => {
    const stored: Record<string, string> = {};
    tab = place("http://a/live/?x=1&token=s%20t#here", stored);
    expect(takeToken(tab)).toBe("s t");
    expect(tab.shown).toBe("http://a/live/?x=1#here");
    expect(stored).toEqual({ "floe:token": "s t" });
    tab = place("http://a/live/", stored);
    expect(takeToken(tab)).toBe("s t");
    expect(tab.shown).toBe("http://a/live/");
  });

  test("is forgotten when it is empty, and none where there never was one", () => {
    const stored: Record<string, string> = { "floe:token": "old" };
    tab = place("http://a/?token=", stored);
    expect(takeToken(tab)).toBe("");
    expect(stored).toEqual({});
    keepToken(tab, "new");
    expect(takeToken(place("http://a/", stored))).toBe("new");
  });

  test("works where the browser keeps nothing for pages", () => {
    tab = place("http://a/?token=t");
    Object.defineProperty(tab, "sessionStorage", {
      get: () => {
        throw new DOMException("denied", "SecurityError");
      },
    });
    expect(takeToken(tab)).toBe("t");
    expect(takeToken({ ...place("http://a/"), sessionStorage: undefined as unknown as Storage })).toBe("");
  });
});

describe("the page's bitrate strip", () => {
  const samples = (...rates: readonly (readonly [number, number])[]) => rates.map(([atMs, bps]) => ({ atMs, bps }));

  test("holds thirty seconds", () => {
    let kept = samples([0, 1], [1000, 2]);
    for (let atMs = 2000; atMs <= 40_000; atMs += 1000) {
      kept = [...addSample(kept, { atMs, bps: 3 })];
    }
    expect(kept).toHaveLength(30);
    expect(kept[0].atMs).toBe(11_000);
  });

  test("draws the newest at the right, the highest near the top, and a new line after a gap", () => {
    const lines = stripLines(samples([0, 50], [1000, 100], [10_000, 100], [15_000, 0]));
    expect(lines.map((line) => line.length)).toEqual([2, 1, 1]);
    expect(lines[2][0]).toEqual({ x: 1, y: 0 });
    expect(lines[0][0].x).toBeCloseTo(0.5);
    expect(lines[0][1].y).toBeCloseTo(1 / 1.1);
    expect(stripLines([])).toEqual([]);
  });

  test("says its range in words, with the unit once where it is the same", () => {
    expect(stripWords(samples([0, 5]))).toBe("");
    expect(stripWords(samples([0, 1_900_000], [1000, 2_104_000]))).toBe("last 30 s: 1.90 to 2.10 Mb/s");
    expect(stripWords(samples([0, 128_000], [1000, 2_104_000]))).toBe("last 30 s: 128 kb/s to 2.10 Mb/s");
  });
});

describe("the page's numbers", () => {
  const values = (stats: PlayerStats | undefined) =>
    Object.fromEntries(numberRows(stats).map(({ id, value }) => [id, value]));

  const media = { packetsReceived: 10, packetsLostDelta: 0, jitterBufferMs: 1.234 };
  const playing: PlayerStats = {
    ...NO_WATCH_STATS,
    state: "playing",
    firstFrameMs: 312.4,
    latency: { kind: "measured", medianMs: 48.6, readings: 3 },
    roundTripMs: 0.4,
    video: {
      ...media,
      codec: "H264",
      bitrateBps: 1_950_000,
      packetsLost: 2,
      width: 1280,
      height: 720,
      fps: 29.97,
      framesDecoded: 100,
      framesDecodedDelta: 30,
      framesDropped: 0,
      keyFramesDecoded: 1,
      freezeCount: 2,
      freezeCountDelta: 0,
      freezeMs: 1340,
      nackCount: 0,
      pliCount: 0,
    },
    audio: {
      ...{ ...media, codec: "opus", bitrateBps: 128_000, packetsLost: 1 },
      ...{ energy: 1, level: 0.1, concealedRatio: 0, playoutDelayMs: 30 },
    },
  };

  test("are dashes while nothing plays, in the same rows", () => {
    const rows = values(undefined);
    expect(new Set(Object.values(rows))).toEqual(new Set(["–"]));
    expect(Object.keys(rows)).toEqual(Object.keys(values(playing)));
  });

  test("carry their units while something plays", () => {
    expect(values(playing)).toEqual({
      resolution: "1280 × 720",
      codec: "H.264 + Opus",
      fps: "30.0 fps",
      bitrate: "2.08 Mb/s",
      latency: "49 ms",
      buffer: "1.2 ms",
      rtt: "0.4 ms",
      lost: "3",
      freezes: "2 (1.3 s)",
      "first-frame": "312 ms",
    });
  });

  test("say by which way the latency is known", () => {
    const row = (stats: PlayerStats) => numberRows(stats).find(({ id }) => id === "latency");
    expect(row(playing)).toMatchObject({ value: "49 ms", note: "by the stamp in the picture" });
    const unstamped = { ...playing, latency: { kind: "none" }, roundTripMs: 20 } as const;
    expect(row(unstamped)).toMatchObject({ value: "≥ 11 ms", note: "by network and buffer statistics" });
    expect(row({ ...unstamped, roundTripMs: undefined })?.value).toBe("≥ 1.2 ms");
    expect(row({ ...unstamped, video: undefined, audio: undefined })?.value).toBe("–");
  });

  test("never show a time that is there as nothing", () => {
    expect(values({ ...playing, roundTripMs: 0.01 })["rtt"]).toBe("< 0.1 ms");
  });

  test("say that the clocks differ instead of a latency that is none", () => {
    const latency = { kind: "clocks-differ", medianMs: -3_600_000, readings: 3 } as const;
    expect(values({ ...playing, latency })["latency"]).toBe("Clocks differ");
  });

  test("name a picture without sound and a sound without picture", () => {
    expect(values({ ...playing, audio: undefined })["codec"]).toBe("H.264");
    expect(values({ ...playing, video: undefined })).toMatchObject({ codec: "Opus", bitrate: "128 kb/s", lost: "1" });
  });
});

describe("the connection test on the page", () => {
  const stun = { name: "stun", title: "STUN" } as const;

  test("shows a step with its time, or why it failed and what to do, or why it was not tried", () => {
    expect(checkRow({ ...stun, state: "waiting" })).toMatchObject({ result: "", words: "", fix: "" });
    expect(checkRow({ ...stun, state: "running" })).toMatchObject({ state: "running", result: "…" });
    expect(checkRow({ ...stun, state: "passed", detail: "seen as 192.0.2.1:5", ms: 12 })).toEqual({
      ...stun,
      state: "passed",
      result: "12 ms",
      words: "Seen as 192.0.2.1:5.",
      fix: "",
    });
    expect(checkRow({ ...stun, state: "skipped", detail: "no stun: server is offered" })).toMatchObject({
      result: "skipped",
      words: "No stun: server is offered.",
    });
    const fault = { code: "check/no-answer", message: "a.example.org does not answer", fix: "Open its port." };
    expect(checkRow({ ...stun, state: "failed", fault, ms: 6000 })).toMatchObject({
      result: "failed",
      words: "A.example.org does not answer.",
      fix: "Open its port.",
    });
  });

  test("says what it is at", () => {
    const waiting = { name: "host", title: "Address of this device", state: "waiting" } as const;
    expect(progressWords([waiting])).toBe("Testing…");
    expect(progressWords([waiting, { ...stun, state: "running" }])).toBe("Testing: STUN…");
  });

  test("is copied as the verdict and all that was found", () => {
    const report = {
      verdict: "good",
      summary: "Everything works.",
      steps: [],
      path: "host udp",
      url: "ws://127.0.0.1/ws",
      startedAt: "2026-11-28T00:00:00.000Z",
      durationMs: 1,
      browser: "",
    } as const;
    const [words, json] = reportText(report).split("\n\n");
    expect([words, JSON.parse(json)]).toEqual(["Everything works.", report]);
  });
});

describe("the page's words about the ways to the server", () => {
  test("are those of the status' checks for media and relay, as sentences", () => {
    const checks = [
      { name: "source", result: "pass", detail: "it is open" },
      { name: "network", result: "pass", detail: "media is offered at 127.0.0.1, any UDP port" },
      { name: "turn", result: "warn", detail: "viewers get no relay. turn/address-in-use: the port is taken." },
    ];
    expect(networkRows({ checks })).toEqual([
      { id: "network", name: "Media", state: "passed", words: "Media is offered at 127.0.0.1, any UDP port." },
      {
        id: "turn",
        name: "Relay",
        state: "warned",
        words: "Viewers get no relay. turn/address-in-use: the port is taken.",
      },
    ]);
  });

  test("are none for what is no status of ours", () => {
    for (const status of [
      undefined,
      null,
      "",
      {},
      { checks: [null, {}, { name: "turn", result: "odd", detail: "x" }] },
    ]) {
      expect(networkRows(status)).toEqual([]);
      expect(relayUse(status)).toBe("");
    }
  });

  test("tell who is relayed and how many peers were refused, once there is something to tell", () => {
    const turn = { allocations: 0, bytesToPeers: 0, bytesToClients: 0, counters: { deniedPeers: 0 } };
    expect(relayUse({ turn })).toBe("");
    expect(relayUse({ turn: { ...turn, allocations: 1, bytesToPeers: 250_000, bytesToClients: 1_000_000 } })).toBe(
      "1 allocation now, 1.3 MB relayed, 0 refused.",
    );
    expect(relayUse({ turn: { ...turn, counters: { deniedPeers: 3 } } })).toBe(
      "0 allocations now, 0.0 MB relayed, 3 refused.",
    );
  });
});
