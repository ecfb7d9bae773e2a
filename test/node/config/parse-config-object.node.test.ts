import { expect, expectTypeOf, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";
import { explicitVideoKeys } from "../../../src/node/server/config/build-config.js";
import { parseConfigObject, resolveConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import type { PartialServerConfig, ServerConfig } from "../../../src/node/server/config/server-config.js";

function faultOf(config: PartialServerConfig): string {
  try {
    parseConfigObject(config);
  } catch (error) {
    return String(error);
  }
  throw new Error("it was accepted");
}

test("completes what a program leaves out", () => {
  const config = parseConfigObject({ http: { port: 0 }, media: { video: { fps: 60 } } }, { folder: "/app" });
  expect(config.http).toEqual({ host: "127.0.0.1", port: 0, insecure: false });
  expect(config.media.video).toEqual({ width: 1280, height: 720, fps: 60, bitrate: 2_000_000 });
  expect(parseConfigObject().media.source).toBe("test");
  expectTypeOf<ServerConfig>().toExtend<PartialServerConfig>();
});

test("a whole configuration passes unchanged, its secret included", () => {
  const config = parseConfigObject({
    auth: { token: "hunter2" },
    http: { host: "0.0.0.0" },
    webRoot: "/w",
    turn: { users: { ada: "x" } },
  });
  expect(config.auth.token).toBeInstanceOf(Secret);
  const again = parseConfigObject(config);
  expect(again).toEqual(config);
  expect(again.auth.token.reveal()).toBe("hunter2");
});

test("resolves paths against the given folder", () => {
  expect(parseConfigObject({ media: { source: "a.mp4" } }, { folder: "/app" }).media.source).toBe("/app/a.mp4");
});

test("refuses what it does not know, by name", () => {
  const stray = { http: { prot: 1 } } as PartialServerConfig;
  expect(faultOf(stray)).toBe("config/unknown-key: the key 'http.prot' is unknown. Did you mean 'http.port'?");
  expect(faultOf({ htpp: { port: 1 } } as PartialServerConfig)).toBe(
    "config/unknown-key: the key 'htpp' is unknown. Did you mean 'http'?",
  );
  expect(faultOf({ frobnicate: 1 } as PartialServerConfig)).toBe(
    "config/unknown-key: the key 'frobnicate' is unknown. Leave it out; the type ServerConfig has all keys.",
  );
  expect(faultOf({ tls: {} } as PartialServerConfig)).toBe(
    "config/not-built: the key 'tls' is not built yet. Leave it out.",
  );
  expect(() => parseConfigObject({ http: { port: -1 } })).toThrow("'http.port' has the bad value -1");
  expect(() => parseConfigObject([] as PartialServerConfig)).toThrow("The configuration is []");
  expect(() => parseConfigObject(null as unknown as PartialServerConfig)).toThrow("The configuration is null");
});

test("is as careful about open binds as the command", () => {
  expect(() => parseConfigObject({ http: { host: "0.0.0.0" } })).toThrow("without a token");
  expect(parseConfigObject({ http: { host: "0.0.0.0", insecure: true } }).http.insecure).toBe(true);
});

test("undefined means left out", () => {
  const loose = { http: { port: undefined }, webRoot: undefined } as unknown as PartialServerConfig;
  expect(parseConfigObject(loose).http.port).toBe(4500);
});

test("tells which keys of the picture were asked for", () => {
  const asked = (config: PartialServerConfig): string[] => explicitVideoKeys(resolveConfigObject(config).sources);
  expect(asked({ media: { video: { bitrate: 1_000_000, fps: 25 } } })).toEqual([
    "media.video.fps",
    "media.video.bitrate",
  ]);
  expect(asked({ media: { source: "test", audio: { bitrate: 64_000 } } })).toEqual([]);
});
