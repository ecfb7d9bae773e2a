// Which addresses a TURN server listens on and relays from.
import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { formatIpAddress, type TransportAddress } from "../../../src/core/net/transport-address.js";
import { type AddressWish, type Interfaces, planAddresses } from "../../../src/node/turn/address-plan.js";

function interfaces(...addresses: readonly string[]): Interfaces {
  return { some: addresses.map((address) => ({ address }) as NetworkInterfaceInfo), none: undefined };
}

const texts = (addresses: readonly TransportAddress[]): string[] => addresses.map(formatIpAddress);
const plan = (wish: AddressWish, ...addresses: readonly string[]) => planAddresses(wish, interfaces(...addresses));
const HOME = ["127.0.0.1", "::1", "192.168.1.7", "fe80::1", "fd00::7"];

describe("an address plan", () => {
  test("0.0.0.0 is one UDP socket for each IPv4 address, and one TCP listener for all", () => {
    const { listen, listenTcp, isWildcard } = plan({ host: "0.0.0.0" }, ...HOME);
    expect([texts(listen), texts(listenTcp), isWildcard]).toEqual([["127.0.0.1", "192.168.1.7"], ["0.0.0.0"], true]);
  });

  test(":: is all of both families but what needs a zone", () => {
    const { listen, listenTcp, families } = plan({ host: "::" }, ...HOME);
    expect(texts(listen)).toEqual(["127.0.0.1", "::1", "192.168.1.7", "fd00::7"]);
    expect([texts(listenTcp), families]).toEqual([
      ["0.0.0.0", "::"],
      [4, 6],
    ]);
  });

  test("an address is that address, for listening and for relaying", () => {
    const { listen, listenTcp, relay, isWildcard } = plan({ host: "192.168.1.7" }, ...HOME);
    expect([listen, listenTcp, relay].map(texts)).toEqual([["192.168.1.7"], ["192.168.1.7"], ["192.168.1.7"]]);
    expect(isWildcard).toBe(false);
    expect(texts(plan({ host: "localhost" }).listen)).toEqual(["127.0.0.1"]);
  });

  test.for<[string, string[], string[]]>([
    ["public before private", ["10.0.0.1", "203.0.113.5", "fd00::1", "2001:db8::5"], ["203.0.113.5", "2001:db8::5"]],
    ["private before link-local and loopback", ["127.0.0.1", "169.254.1.1", "172.20.0.2"], ["172.20.0.2"]],
    ["shared addresses like private ones", ["127.0.0.1", "100.64.0.9"], ["100.64.0.9"]],
    ["no loopback beside a real address", ["127.0.0.1", "::1", "10.0.0.1"], ["10.0.0.1"]],
    ["loopback of both families where there is nothing else", ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]],
    ["IPv6 alone", ["::1", "2001:db8::5"], ["2001:db8::5"]],
  ])("behind a wildcard the relay has the fittest address of each family: %s", ([, addresses, relay]) => {
    expect(texts(plan({ host: "0.0.0.0" }, ...addresses).relay)).toEqual(relay);
  });

  test("relay addresses may be chosen, and one of them told otherwise", () => {
    const wish = { host: "0.0.0.0", relayHosts: ["192.168.1.7", "fd00::7"], externalIp: "203.0.113.5" };
    const { relay, advertised } = plan(wish, ...HOME);
    expect([texts(relay), texts(advertised)]).toEqual([
      ["192.168.1.7", "fd00::7"],
      ["203.0.113.5", "fd00::7"],
    ]);
  });

  test.for<[string, AddressWish, string]>([
    ["a name", { host: "example.org" }, "turn/host"],
    [
      "two relay addresses of one family",
      { host: "0.0.0.0", relayHosts: ["10.0.0.1", "10.0.0.2"] },
      "turn/relay-address",
    ],
    ["no relay address", { host: "0.0.0.0", relayHosts: [] }, "turn/relay-address"],
    ["an external name", { host: "10.0.0.1", externalIp: "example.org" }, "turn/external-ip"],
    ["an external address of another family", { host: "10.0.0.1", externalIp: "2001:db8::1" }, "turn/external-ip"],
  ])("%s is refused with what to write instead", ([, wish, code]) => {
    expect(() => plan(wish, ...HOME)).toThrow(expect.objectContaining({ code, fix: expect.stringMatching(/\.$/) }));
  });

  test("a machine that tells no address is listened on all the same", () => {
    expect(texts(plan({ host: "::", relayHosts: ["127.0.0.1"] }).listen)).toEqual(["0.0.0.0", "::"]);
  });
});
