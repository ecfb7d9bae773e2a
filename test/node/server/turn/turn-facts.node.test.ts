import { describe, expect, test } from "vitest";
import { FloeError } from "../../../../src/core/error/floe-error.js";
import {
  describePeers,
  describeRelaying,
  describeTurn,
  type TurnFacts,
  turnFault,
} from "../../../../src/node/server/turn/turn-facts.js";
import { describeStanding, standingFault, turnWords } from "../../../../src/node/server/turn/turn-standing.js";

const FACTS: TurnFacts = {
  host: "0.0.0.0",
  port: 3478,
  tlsPort: undefined,
  externalIp: undefined,
  relayAddresses: ["203.0.113.5"],
  portRange: { min: 49_152, max: 65_535 },
  openRanges: [],
  realm: "floe",
  tcpRelay: true,
  datagrams: "dgram",
};

describe("in words", () => {
  test("clients come to the address in front, else to the one that it listens on, else to the machine's", () => {
    expect(describeTurn(FACTS)).toBe("203.0.113.5:3478 (UDP, TCP)");
    expect(describeTurn({ ...FACTS, host: "127.0.0.1" })).toBe("127.0.0.1:3478 (UDP, TCP)");
    expect(describeTurn({ ...FACTS, host: "10.0.0.7", externalIp: "203.0.113.9", tlsPort: 5349 })).toBe(
      "203.0.113.9:3478 (UDP, TCP), 203.0.113.9:5349 (TLS)",
    );
    expect(describeTurn({ ...FACTS, relayAddresses: ["203.0.113.5", "2001:db8::7"] })).toBe(
      "203.0.113.5:3478 (UDP, TCP)",
    );
    expect(describeTurn({ ...FACTS, host: "::", relayAddresses: ["203.0.113.5", "2001:db8::7"] })).toBe(
      "203.0.113.5:3478 (UDP, TCP), [2001:db8::7]:3478 (UDP, TCP)",
    );
  });

  test("peers see the relay's addresses and ports; what is open is told", () => {
    expect(describeRelaying(FACTS)).toBe("from 203.0.113.5, ports 49152 to 65535");
    expect(describePeers(FACTS)).toBe("public addresses only");
    expect(describePeers({ ...FACTS, openRanges: ["10.0.0.0/8", "::1/128"] })).toBe(
      "public addresses, and also 10.0.0.0/8, ::1/128",
    );
  });

  test("a relay that runs, is off or was refused", () => {
    expect(describeStanding({ kind: "running", ...FACTS })).toBe(
      "203.0.113.5:3478 (UDP, TCP); relays from 203.0.113.5, ports 49152 to 65535, to public addresses only",
    );
    const local = { ...FACTS, host: "127.0.0.1", relayAddresses: ["127.0.0.1"] };
    expect(describeStanding({ kind: "running", ...local })).toBe(
      "127.0.0.1:3478 (UDP, TCP); relays from 127.0.0.1, ports 49152 to 65535, to the media of this server only",
    );
    expect(describeStanding({ kind: "running", ...local, openRanges: ["::1"] })).toMatch(/, and also ::1$/);
    expect(describeStanding({ kind: "off" })).toBe("none (turn.enabled is off)");
    expect(standingFault({ kind: "off" })).toBeUndefined();
    const error = new FloeError("turn/address-in-use", "UDP 127.0.0.1:3478 is in use", { fix: "Choose another." });
    expect(describeStanding({ kind: "refused", error })).toBe("none: UDP 127.0.0.1:3478 is in use");
    expect(standingFault({ kind: "refused", error })).toBe(
      "viewers get no relay. turn/address-in-use: UDP 127.0.0.1:3478 is in use. Choose another.",
    );
  });

  test("and for programs", () => {
    const { openRanges, ...others } = FACTS;
    expect(turnWords({ kind: "running", ...others, openRanges: ["10.0.0.0/8"] })).toEqual({
      ...others,
      openRanges: ["10.0.0.0/8"],
      enabled: true,
      running: true,
      localRelay: true,
    });
    expect(turnWords({ kind: "off" })).toEqual({ enabled: false, running: false });
  });
});

describe("what keeps people away is told with its fix", () => {
  test("nothing, on a public address, behind an external one, and on this machine only", () => {
    for (const facts of [
      FACTS,
      { ...FACTS, relayAddresses: ["10.0.0.7"], externalIp: "203.0.113.5" },
      { ...FACTS, host: "127.0.0.1", relayAddresses: ["127.0.0.1"] },
      { ...FACTS, relayAddresses: ["10.0.0.7", "2001:db8::7"] },
    ]) {
      expect(turnFault(facts)).toBeUndefined();
    }
  });

  test("a private address without an external one", () => {
    expect(turnFault({ ...FACTS, relayAddresses: ["172.17.0.2"] })).toBe(
      "the relay's addresses 172.17.0.2 can be reached within their own network only, as in a container or behind a NAT. For clients elsewhere set turn.externalIp (--turn-external-ip, FLOE_TURN_EXTERNAL_IP) to the address that they reach, and forward UDP and TCP port 3478 and UDP ports 49152 to 65535",
    );
    expect(turnFault({ ...FACTS, host: "192.168.1.7", relayAddresses: ["192.168.1.7"] })).toContain("turn.externalIp");
  });

  test("an external address in front of a bind to this machine", () => {
    expect(turnFault({ ...FACTS, host: "127.0.0.1", externalIp: "203.0.113.5" })).toBe(
      "the relay listens on 127.0.0.1, so nothing reaches it from 203.0.113.5. Set turn.host to an address that the NAT forwards to",
    );
  });

  test("a machine without a network", () => {
    expect(turnFault({ ...FACTS, relayAddresses: ["127.0.0.1"] })).toContain("no network address but its own");
  });
});
