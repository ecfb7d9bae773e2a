// URLs of STUN and TURN servers, and the words for what goes wrong with them.
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import { describeStunServer, parseStunServerUrl } from "../../../src/core/stun/server-url.js";
import { stunError } from "../../../src/core/stun/stun-error.js";

describe("URLs (RFC 7064, RFC 7065)", () => {
  test.each([
    ["stun:example.org", "stun", "example.org", 3478, "udp"],
    ["stun:example.org?transport=tcp", "stun", "example.org", 3478, "tcp"],
    ["STUNS:Example.org", "stuns", "Example.org", 5349, "tls"],
    ["turn:192.0.2.1:80?transport=udp", "turn", "192.0.2.1", 80, "udp"],
    ["turn:[2001:db8::1]:65535?transport=TCP", "turn", "2001:db8::1", 65_535, "tcp"],
    ["turns:[::1]", "turns", "::1", 5349, "tls"],
    ["turns:a_b-c.example:443?transport=tcp", "turns", "a_b-c.example", 443, "tls"],
  ])("%s is read", (text, scheme, host, port, transport) => {
    expect(parseStunServerUrl(text)).toEqual({ scheme, host, port, transport });
  });

  test.each([
    "",
    "turn:",
    "turn://example.org",
    "http://example.org",
    "turn:example.org:0",
    "turn:example.org:65536",
    "turn:example.org?transport=sctp",
    "turn:user@example.org",
    "turn:2001:db8::1",
    "turn:[example]",
    "turn:example.org/path",
  ])("%j is none", (text) => {
    expect(() => parseStunServerUrl(text)).toThrow(FloeError);
    expect(() => parseStunServerUrl(text)).toThrow(expect.objectContaining({ code: "stun/url" }));
  });

  test("DTLS is refused by name", () => {
    expect(() => parseStunServerUrl("turns:example.org?transport=udp")).toThrow(
      expect.objectContaining({ code: "stun/dtls" }),
    );
  });

  test("a server in a sentence", () => {
    expect(["turn:h", "turns:[::1]:9"].map((text) => describeStunServer(parseStunServerUrl(text)))).toEqual([
      "h:3478 by UDP",
      "[::1]:9 by TLS",
    ]);
  });
});

test("every failure of a STUN query has a code, words and a fix", () => {
  const alternateServer = parseIpAddress("192.0.2.9", 3478);
  const errors = [
    stunError({ kind: "timeout" }, "h:1 by UDP"),
    stunError({ kind: "closed" }, "h:1 by TCP"),
    stunError({ kind: "malformed", what: "no address" }, "h:1 by UDP"),
    stunError({ kind: "refused", code: 420, reason: "", alternateServer: undefined }, "h:1 by UDP"),
    stunError({ kind: "refused", code: 300, reason: "", alternateServer }, "h:1 by UDP"),
  ];
  expect(errors.map(({ code }) => code)).toEqual([
    "stun/no-answer",
    "stun/closed",
    "stun/malformed",
    "stun/refused",
    "stun/refused",
  ]);
  expect(errors.every(({ fix, message }) => fix !== "" && message.includes("h:1 by"))).toBe(true);
  expect(errors[4]?.message).toContain("192.0.2.9:3478");
});
