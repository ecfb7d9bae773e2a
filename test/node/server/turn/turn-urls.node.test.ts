import { describe, expect, test } from "vitest";
import { type TurnDoor, turnUrls } from "../../../../src/node/server/turn/turn-urls.js";

const LOCAL: TurnDoor = {
  host: "127.0.0.1",
  isPageHost: true,
  port: 3478,
  tlsPort: undefined,
  externalIp: undefined,
  certificate: undefined,
};
const WIDE: TurnDoor = { ...LOCAL, host: "0.0.0.0" };

/** The host of the URLs; undefined when nothing is offered. */
function hostFor(door: TurnDoor, requestHost: string | undefined): string | undefined {
  const { stun, turn } = turnUrls(door, requestHost);
  const hosts = [...stun, ...turn].map((url) => /^(?:stun|turn):(.+):3478/.exec(url)?.[1]);
  expect(new Set(hosts).size).toBeLessThanOrEqual(1);
  return hosts[0];
}

test("STUN, TURN over UDP, TCP and TLS are offered, in this order", () => {
  expect(turnUrls({ ...WIDE, tlsPort: 5349 }, "cam.example.org:4500")).toEqual({
    stun: ["stun:cam.example.org:3478"],
    turn: [
      "turn:cam.example.org:3478?transport=udp",
      "turn:cam.example.org:3478?transport=tcp",
      "turns:cam.example.org:5349?transport=tcp",
    ],
  });
});

describe("the host is what the browser can reach:", () => {
  test.each([
    [
      "an external address, whatever the page was reached by",
      { ...WIDE, externalIp: "203.0.113.5" },
      "localhost:4500",
      "203.0.113.5",
    ],
    ["an external address before a bind to this machine", { ...LOCAL, externalIp: "203.0.113.5" }, "x", "203.0.113.5"],
    ["the name of the page, for a bind to all addresses", WIDE, "cam.example.org", "cam.example.org"],
    ["the address of the page, with its brackets", WIDE, "[2001:db8::7]:4500", "[2001:db8::7]"],
    [
      "the name of the page, for a bind to the page's own address",
      { ...LOCAL, host: "10.0.0.7" },
      "cam.lan",
      "cam.lan",
    ],
    [
      "its own address, where the page listens elsewhere",
      { ...LOCAL, host: "10.0.0.7", isPageHost: false },
      "cam.lan",
      "10.0.0.7",
    ],
    [
      "the name of the page, for all addresses although the page listens elsewhere",
      { ...WIDE, isPageHost: false },
      "a.example",
      "a.example",
    ],
    ["its own address, when the page's is not known", { ...LOCAL, host: "10.0.0.7" }, undefined, "10.0.0.7"],
    ["the loopback address that it listens on, whatever this machine is called", LOCAL, "localhost:4500", "127.0.0.1"],
    ["loopback of IPv6 in brackets", { ...LOCAL, host: "::1" }, "[::1]:4500", "[::1]"],
  ] as const)("%s", (_, door, requestHost, host) => {
    expect(hostFor(door, requestHost)).toBe(host);
  });

  test("nothing is offered where it could not be reached, or where the host is none", () => {
    expect(turnUrls(LOCAL, "cam.example.org")).toEqual({ stun: [], turn: [] });
    for (const header of [undefined, "", "a b", "a?x=1", "a@b", "[::1", "a:port", "x".repeat(300)]) {
      expect(hostFor(WIDE, header)).toBeUndefined();
    }
  });
});

test("turns: names what the certificate is for: the host where it covers it, else its own first name", () => {
  const secureHost = (covers: readonly string[], firstName: string | undefined): string | undefined => {
    const certificate = { covers: (host: string) => covers.includes(host), firstName };
    const { turn } = turnUrls({ ...WIDE, tlsPort: 5349, externalIp: "203.0.113.5", certificate }, "cam.example.org");
    return /^turns:(.+):5349\?/.exec(turn[2])?.[1];
  };
  expect(secureHost(["203.0.113.5"], "relay.example.org")).toBe("203.0.113.5");
  expect(secureHost([], "relay.example.org")).toBe("relay.example.org");
  expect(secureHost([], undefined)).toBe("203.0.113.5");
});
