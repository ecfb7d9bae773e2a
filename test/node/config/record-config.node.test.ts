import { expect, test } from "vitest";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { recordedVideoCodecs } from "../../../src/node/server/config/record-rules.js";
import { type ResolveConfigOptions, resolveConfig } from "../../../src/node/server/config/resolve-config.js";
import type { PartialServerConfig, ServerConfig } from "../../../src/node/server/config/server-config.js";

type Record = NonNullable<NonNullable<PartialServerConfig["media"]>["record"]>;

const resolve = ({ argv = [], env = {} }: Partial<ResolveConfigOptions>): ServerConfig =>
  resolveConfig({
    argv,
    env,
    cwd: "/home/ada",
    readFile: (path) => {
      if (path !== "/etc/floe/config.json") {
        throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      }
      return JSON.stringify({ media: { recordDir: "takes" } });
    },
  }).config;

const faultOf = (config: PartialServerConfig): string => {
  try {
    parseConfigObject(config);
    return "accepted";
  } catch (error) {
    return String(error);
  }
};

test("recordings go into ./recordings, or where flag, variable and file say, each counted from its own folder", () => {
  expect(resolve({}).media.recordDir).toBe("/home/ada/recordings");
  expect(resolve({ argv: ["--record-dir", "a"] }).media.recordDir).toBe("/home/ada/a");
  expect(resolve({ env: { FLOE_RECORD_DIR: "/b" } }).media.recordDir).toBe("/b");
  expect(resolve({ argv: ["-c", "/etc/floe/config.json"] }).media.recordDir).toBe("/etc/floe/takes");
  expect(parseConfigObject({}, { folder: "/app" }).media.recordDir).toBe("/app/recordings");
  expect(resolve({ argv: ["--mode", "record"] }).media).toMatchObject({
    mode: "record",
    record: { format: "mp4", videoCodec: "auto", transcode: false, minFreeBytes: 268_435_456, maxPublishers: 16 },
  });
});

test("a format that does not take the codec is refused, and the ones that fit are named", () => {
  const pair = (record: Record): string => faultOf({ media: { record } });
  expect(pair({ videoCodec: "vp8" })).toBe(
    "config/record-pair: a recording as mp4 cannot hold vp8. Set media.record.format to mkv or webm, or media.record.videoCodec to h264.",
  );
  expect(pair({ format: "ts", videoCodec: "vp8" })).toContain("to mkv or webm, or media.record.videoCodec to h264.");
  expect(pair({ format: "webm", videoCodec: "h264" })).toBe(
    "config/record-pair: a recording as webm cannot hold h264. Set media.record.format to mp4 or mkv or ts, or media.record.videoCodec to vp8.",
  );
  expect(pair({ format: "webm", transcode: true })).toBe(
    "config/record-pair: media.record.transcode makes H.264 and AAC in MP4, and media.record.format is webm. Set media.record.format to mp4, or leave media.record.transcode off to write webm as it comes.",
  );
  expect(pair({ format: "avi" } as unknown as Record)).toContain("It must be one of mp4, mkv, webm, ts.");
});

test("publishers are asked for what the format takes, H.264 first; what is decoded need not fit it", () => {
  const codecs = (record: Record) => recordedVideoCodecs(parseConfigObject({ media: { record } }).media.record);
  expect(codecs({})).toEqual(["h264"]);
  expect(codecs({ format: "mkv" })).toEqual(["h264", "vp8"]);
  expect(codecs({ format: "mkv", videoCodec: "vp8" })).toEqual(["vp8"]);
  expect(codecs({ format: "webm" })).toEqual(["vp8"]);
  expect(codecs({ format: "ts", videoCodec: "h264" })).toEqual(["h264"]);
  expect(codecs({ transcode: true })).toEqual(["h264", "vp8"]);
  expect(codecs({ transcode: true, videoCodec: "vp8" })).toEqual(["vp8"]);
});

test("recording wider than this machine needs a token, --insecure or not", () => {
  const wide = (insecure: boolean, mode: "stream" | "record" = "record", token = ""): string =>
    faultOf({ http: { host: "0.0.0.0", insecure }, auth: { token }, media: { mode } });
  for (const insecure of [false, true]) {
    expect(wide(insecure)).toBe(
      "config/insecure: recording on 0.0.0.0 without a token would let anyone fill the disk, and read and delete what others recorded. Set FLOE_AUTH_TOKEN, or listen on 127.0.0.1; --insecure does not open recording.",
    );
  }
  expect(wide(true, "stream")).toBe("accepted");
  expect(wide(false, "record", "t")).toBe("accepted");
  expect(faultOf({ media: { mode: "record" } })).toBe("accepted");
});
