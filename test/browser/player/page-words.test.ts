import { describe, expect, test } from "vitest";
import { numberRows } from "../../../examples/playground/src/model/number-rows.js";
import { describeOthers, nothingToWatch, peerRows } from "../../../examples/playground/src/model/peer-rows.js";
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

  test("says why there is nothing to watch, and nothing when there is something", () => {
    const online = { kind: "online", peer: viewer } as const;
    const error = { kind: "error", error: new FloeError("a/b", "c"), retryAtUs: undefined } as const;
    for (const link of [{ kind: "closed" }, { kind: "connecting", attempt: 1 }, online, error] as const) {
      expect(nothingToWatch(link, [viewer])).toMatch(/^Nothing to watch .*because .*\.$/);
    }
    expect(nothingToWatch(online, [viewer, FLOE])).toBe("");
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
    audio: { ...media, codec: "opus", bitrateBps: 128_000, packetsLost: 1, energy: 1, level: 0.1, concealedRatio: 0 },
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

  test("say that the clocks differ instead of a latency that is none", () => {
    const latency = { kind: "clocks-differ", medianMs: -3_600_000, readings: 3 } as const;
    expect(values({ ...playing, latency })["latency"]).toBe("Clocks differ");
  });

  test("name a picture without sound and a sound without picture", () => {
    expect(values({ ...playing, audio: undefined })["codec"]).toBe("H.264");
    expect(values({ ...playing, video: undefined })).toMatchObject({ codec: "Opus", bitrate: "128 kb/s", lost: "1" });
  });
});
