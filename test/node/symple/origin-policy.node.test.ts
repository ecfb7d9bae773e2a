import { describe, expect, test } from "vitest";
import { isLoopbackAddress, isOriginAllowed, type OriginCheck } from "../../../src/node/symple/origin-policy.js";

const local = { isLocal: true, allowedOrigins: [] };
const remote = { isLocal: false, allowedOrigins: [] };

describe("the origin policy", () => {
  test.each<[string, OriginCheck]>([
    ["a program, which sends none", { ...remote, origin: undefined, host: "cam:4500" }],
    ["a program without a Host", { ...remote, origin: undefined, host: undefined }],
    ["the same origin", { ...remote, origin: "http://cam:4500", host: "cam:4500" }],
    ["the same origin in other letters", { ...remote, origin: "HTTP://CAM:4500", host: "cam:4500" }],
    [
      "the same origin at the scheme's own port",
      { ...remote, origin: "https://cam.example.org", host: "cam.example.org:443" },
    ],
    [
      "the same origin behind a proxy that ends TLS",
      { ...remote, origin: "https://cam.example.org", host: "cam.example.org" },
    ],
    ["this machine by address", { ...local, origin: "http://127.0.0.1:4500", host: "127.0.0.1:4500" }],
    ["this machine by IPv6 address", { ...local, origin: "http://[::1]:4500", host: "[::1]:4500" }],
    ["this machine under two of its names", { ...local, origin: "http://localhost:4500", host: "127.0.0.1:4500" }],
    [
      "this machine under a name below localhost",
      { ...local, origin: "http://floe.localhost:4500", host: "localhost:4500" },
    ],
    [
      "a listed origin",
      { ...remote, origin: "https://a.example", host: "b.example", allowedOrigins: ["https://A.example"] },
    ],
    [
      "any origin when all are listed",
      { ...remote, origin: "https://a.example", host: "b.example", allowedOrigins: ["*"] },
    ],
    [
      "a listed name in front of loopback",
      { ...local, origin: "https://a.example", host: "a.example", allowedOrigins: ["https://a.example"] },
    ],
  ])("allows %s", (_, check) => {
    expect(isOriginAllowed(check)).toBe(true);
  });

  test.each<[string, OriginCheck]>([
    ["a foreign origin", { ...remote, origin: "http://evil.example", host: "cam:4500" }],
    ["a foreign origin to this machine", { ...local, origin: "http://evil.example", host: "127.0.0.1:4500" }],
    ["another port", { ...remote, origin: "http://cam:8080", host: "cam:4500" }],
    ["another server of this machine", { ...local, origin: "http://localhost:3000", host: "localhost:4500" }],
    [
      "a rebound name: public, but arriving on loopback",
      { ...local, origin: "http://evil.example:4500", host: "evil.example:4500" },
    ],
    [
      "a name that only begins like localhost",
      { ...local, origin: "http://localhost.evil.example:4500", host: "127.0.0.1:4500" },
    ],
    ["a page without an origin", { ...remote, origin: "null", host: "cam:4500" }],
    ["a file", { ...remote, origin: "file://", host: "cam:4500" }],
    ["an extension", { ...remote, origin: "chrome-extension://abc", host: "abc" }],
    ["nonsense", { ...remote, origin: "::", host: "cam:4500" }],
    ["a page when there is no Host", { ...remote, origin: "http://cam:4500", host: undefined }],
    ["a page when the Host is nonsense", { ...remote, origin: "http://cam:4500", host: "a b" }],
    [
      "a listed origin's subdomain",
      { ...remote, origin: "https://x.a.example", host: "b", allowedOrigins: ["https://a.example"] },
    ],
  ])("refuses %s", (_, check) => {
    expect(isOriginAllowed(check)).toBe(false);
  });

  test("knows loopback addresses as Node prints them", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].every(isLoopbackAddress)).toBe(true);
    expect(["192.168.1.1", "::", "::2", "1127.0.0.1", undefined].some(isLoopbackAddress)).toBe(false);
  });
});
