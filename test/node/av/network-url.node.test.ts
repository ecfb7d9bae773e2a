import { describe, expect, test } from "vitest";
import { isNetworkScheme } from "../../../src/core/media/source-noun.js";
import { describeNetworkUrl } from "../../../src/node/av/network-url.js";

const options = { rtspTransport: "tcp", timeoutUs: 5_000_000 } as const;

test("the host is found behind any credentials, and they go no further", () => {
  const { name, knock, url } = describeNetworkUrl("rtsp://joe:p@ss:w0rd@camera.local:8554/live?x=1", options);
  expect(url).toContain("p@ss:w0rd");
  expect(name).toBe("rtsp://***@camera.local:8554/live?x=1");
  expect(knock).toEqual({
    host: "camera.local",
    port: 8554,
    isTls: false,
    rtspUrl: "rtsp://camera.local:8554/live?x=1",
  });
});

test.each([
  ["rtsp://cam/1", "cam", 554, false],
  ["RTSPS://cam/1", "cam", 322, true],
  ["rtsp://[fe80::1]:9/1", "fe80::1", 9, false],
  ["http://host?x", "host", 80, false],
  ["https://joe:x@host", "host", 443, true],
  ["rtmp://host/app/stream", "host", 1935, false],
])("%s is knocked at %s, port %i", (url, host, port, isTls) => {
  expect(describeNetworkUrl(url, options).knock).toMatchObject({ host, port, isTls });
});

test.each(["udp://@:5000", "srt://host:9000", "rtmp://0.0.0.0/live?listen=1"])("%s has nobody to knock at", (url) => {
  expect(describeNetworkUrl(url, options).knock).toBeUndefined();
});

test("cameras send as they are told, recordings come ahead of their time, and nothing may reach files", () => {
  const camera = describeNetworkUrl("rtsp://cam/1", { rtspTransport: "udp", timeoutUs: 1_500_000 });
  expect(camera).toMatchObject({ arrival: "live", options: { rtsp_transport: "udp", timeout: "1500000" } });
  expect(describeNetworkUrl("https://host/a.m3u8", options)).toMatchObject({ arrival: "ahead" });
  for (const url of ["rtsp://a", "http://a", "rtmp://a", "srt://a:1", "udp://a:1", "tcp://a:1"]) {
    expect(describeNetworkUrl(url, options).options["protocol_whitelist"]).not.toMatch(/file|pipe|concat/);
  }
});

describe("refused with source/unsupported, a fix, and no password", () => {
  test.each([
    "rtsp://",
    "rtsp://joe:secret@/x",
    "rtsp://joe:secret@cam:99999/",
    "gopher://joe:secret@host",
    "nothing",
  ])("%s", (url) => {
    expect(() => describeNetworkUrl(url, options)).toThrow(
      expect.objectContaining({
        code: "source/unsupported",
        message: expect.not.stringContaining("secret"),
        fix: expect.stringContaining("rtsp"),
      }),
    );
  });
});

test("schemes are known by their name, not by what objects inherit", () => {
  expect(isNetworkScheme("rtsp")).toBe(true);
  expect(isNetworkScheme("constructor")).toBe(false);
});
