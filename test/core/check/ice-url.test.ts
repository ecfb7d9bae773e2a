import { describe, expect, test } from "vitest";
import { hostAndPort, parseIceUrl, serversByStep } from "../../../src/core/check/ice-url.js";

describe("a server's URL", () => {
  test.each<[string, ReturnType<typeof parseIceUrl>]>([
    ["stun:example.org", { step: "stun", host: "example.org", port: 3478 }],
    ["STUN:example.org:19302", { step: "stun", host: "example.org", port: 19302 }],
    ["turn:192.0.2.1", { step: "turn-udp", host: "192.0.2.1", port: 3478 }],
    ["turn:192.0.2.1:80?transport=udp", { step: "turn-udp", host: "192.0.2.1", port: 80 }],
    ["turn:[2001:db8::1]:80?transport=TCP", { step: "turn-tcp", host: "2001:db8::1", port: 80 }],
    ["turns:example.org", { step: "turns", host: "example.org", port: 5349 }],
    ["turns:example.org:443?transport=tcp", { step: "turns", host: "example.org", port: 443 }],
  ])("%s says which step it is for", (url, parsed) => {
    expect(parseIceUrl(url)).toEqual(parsed);
  });

  test.each([
    "turns:example.org?transport=udp",
    "stuns:example.org",
    "http://example.org",
    "turn:",
    "turn:a b",
    "turn:user@example.org",
    "turn:[zz]",
    "turn:example.org:123456",
    "",
  ])("%j is for none", (url) => {
    expect(parseIceUrl(url)).toBeUndefined();
  });

  test("is told without its scheme, IPv6 in brackets", () => {
    expect(hostAndPort({ host: "example.org", port: 1 })).toBe("example.org:1");
    expect(hostAndPort({ host: "2001:db8::1", port: 1 })).toBe("[2001:db8::1]:1");
  });
});

describe("servers by step", () => {
  const access = { username: "user", credential: "word" };

  test("each URL is tried by itself, with what is needed to use it", () => {
    const servers = serversByStep([
      { urls: ["stun:a", "turn:b", "turn:b?transport=tcp"], ...access },
      { urls: "turns:c", ...access },
      { urls: "stuns:d" },
    ]);
    expect(servers).toEqual({
      stun: [{ step: "stun", host: "a", port: 3478, url: "stun:a", ...access }],
      "turn-udp": [{ step: "turn-udp", host: "b", port: 3478, url: "turn:b", ...access }],
      "turn-tcp": [{ step: "turn-tcp", host: "b", port: 3478, url: "turn:b?transport=tcp", ...access }],
      turns: [{ step: "turns", host: "c", port: 5349, url: "turns:c", ...access }],
    });
  });

  test("where no STUN server is offered, the TURN server is asked, without credentials", () => {
    const { stun } = serversByStep([{ urls: "turn:[2001:db8::1]:80", ...access }]);
    expect(stun).toEqual([{ step: "stun", host: "2001:db8::1", port: 80, url: "stun:[2001:db8::1]:80" }]);
    expect(serversByStep([{ urls: "turn:b?transport=tcp", ...access }]).stun).toEqual([]);
  });
});
