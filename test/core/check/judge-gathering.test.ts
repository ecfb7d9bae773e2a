// What browsers have told in real gatherings (Chromium's words), and what people are told about it.
import { describe, expect, test } from "vitest";
import type { CheckOutcome } from "../../../src/core/check/check-step.js";
import { type Gathering, readCandidate } from "../../../src/core/check/gathering.js";
import { type ServerAccess, serversByStep } from "../../../src/core/check/ice-url.js";
import { hostOutcome, relayOutcome, stunOutcome } from "../../../src/core/check/judge-gathering.js";

const HIDDEN = "candidate:1 1 udp 2113937151 8c8e2764-f7bc-42ee-8e79-fd8d7ecea0da.local 35592 typ host generation 0";
const HOST = "candidate:1 1 udp 2113937151 192.0.2.2 35592 typ host generation 0";
const SRFLX = "candidate:2 1 udp 1677729535 203.0.113.9 39897 typ srflx raddr 0.0.0.0 rport 0";
const RELAY = "candidate:3 1 udp 50339839 198.51.100.4 54529 typ relay raddr 0.0.0.0 rport 0";

function gathering(lines: readonly string[], { errors = [], isComplete = true }: Partial<Gathering> = {}): Gathering {
  return { candidates: lines.flatMap((line) => readCandidate(line) ?? []), errors, isComplete };
}

function servers(...urls: string[]): readonly ServerAccess[] {
  return Object.values(serversByStep([{ urls, username: "user", credential: "secret-word" }])).find(
    ([first]) => first?.url === urls[0],
  ) as readonly ServerAccess[];
}

function faultOf(outcome: CheckOutcome): { code: string; message: string; fix: string } {
  if (outcome.state !== "failed") {
    throw new Error(`the step has ${outcome.state}`);
  }
  return outcome.fault;
}

describe("candidates", () => {
  test("are read with and without a=; TCP, the end, and what is none are left out", () => {
    expect(readCandidate(`a=${HOST}`)).toEqual({ type: "host", address: "192.0.2.2", port: 35592 });
    for (const line of [
      "",
      "candidate:1 1 tcp 1 192.0.2.2 9 typ host tcptype active",
      "candidate:1 1 udp",
      HOST.replace("typ host", "typ odd"),
    ]) {
      expect(readCandidate(line)).toBeUndefined();
    }
  });
});

describe("the device's own addresses", () => {
  test("are told; those that the browser hides are counted", () => {
    expect(hostOutcome(gathering([HOST, HOST, HIDDEN]))).toEqual({
      state: "passed",
      detail: "192.0.2.2, 1 address that the browser hides (mDNS)",
    });
    expect(hostOutcome(gathering([HIDDEN, HIDDEN]))).toEqual({
      state: "passed",
      detail: "2 addresses that the browser hides (mDNS)",
    });
  });

  test("may all be missing", () => {
    expect(faultOf(hostOutcome(gathering([SRFLX]))).code).toBe("check/no-host-candidates");
  });
});

describe("a STUN server", () => {
  const [server] = servers("stun:stun.example.org:3478");

  test("tells the address that is seen from outside", () => {
    expect(stunOutcome([server], gathering([HIDDEN, SRFLX]))).toEqual({
      state: "passed",
      detail: "seen from outside as 203.0.113.9:39897",
    });
  });

  test("that tells the device's own address has answered too: browsers leave that candidate out", () => {
    expect(stunOutcome([server], gathering([HOST]))).toMatchObject({ state: "passed", detail: /no NAT/ });
    expect(stunOutcome([server], gathering([HOST], { isComplete: false })).state).toBe("failed");
    expect(stunOutcome([server], gathering([HIDDEN])).state).toBe("failed");
  });

  test("that does not answer is named with its port", () => {
    const { code, message, fix } = faultOf(stunOutcome([server], gathering([HOST], { isComplete: false })));
    expect([code, message]).toEqual(["check/no-answer", "stun.example.org:3478 does not answer by UDP"]);
    expect(fix).toContain("UDP port 3478");
  });

  test("whose name cannot be resolved is told apart", () => {
    const errors = [{ url: "stun:stun.example.org:3478", code: 701, text: "STUN host lookup received error." }];
    expect(faultOf(stunOutcome([server], gathering([HOST], { errors })))).toMatchObject({
      code: "check/unknown-name",
      message: "The name stun.example.org cannot be resolved",
    });
  });
});

describe("a TURN server", () => {
  const udp = servers("turn:turn.example.org:3478?transport=udp");
  const tcp = servers("turn:turn.example.org:3478?transport=tcp");
  const tls = servers("turns:turn.example.org:5349?transport=tcp");
  const failing = ([{ url }]: readonly ServerAccess[], code: number, text: string): Gathering =>
    gathering([], { errors: [{ url, code, text }] });
  const tell = (asked: readonly ServerAccess[], gathered: Gathering): ReturnType<typeof faultOf> =>
    faultOf(relayOutcome(asked, { gathering: gathered, probe: "untried" }));

  test("that gives a relay which leads somewhere passes with its address", () => {
    expect(relayOutcome(udp, { gathering: gathering([RELAY]), probe: "arrived" })).toEqual({
      state: "passed",
      detail: "relays at 198.51.100.4:54529",
    });
  });

  test("whose relay is nowhere is told by the address that it advertises, and how to set it right", () => {
    const { code, message, fix } = faultOf(relayOutcome(udp, { gathering: gathering([RELAY]), probe: "lost" }));
    expect(code).toBe("check/relay-address");
    expect(message).toBe("The relay advertises 198.51.100.4, which does not lead to it");
    expect(fix).toMatch(/^Set turn\.externalIp/);
  });

  test.each([
    [401, "Unauthorized.", "check/unauthorized", "turn.example.org:3478 refuses the user name or the password"],
    [486, "Allocation Quota Reached", "check/quota", "turn.example.org:3478 gives this user no more relays"],
    [403, "Forbidden.", "check/refused", "turn.example.org:3478 refuses a relay (403 Forbidden)"],
    [300, "", "check/refused", "turn.example.org:3478 refuses a relay (300)"],
    [701, "TURN host lookup received error.", "check/unknown-name", "The name turn.example.org cannot be resolved"],
  ])("answers %i %s", (status, text, code, message) => {
    expect(tell(udp, failing(udp, status, text))).toMatchObject({ code, message });
  });

  test("what a server has said comes before what was not heard of another", () => {
    const two = servers("turn:a.example.org?transport=udp", "turn:b.example.org?transport=udp");
    const errors = [
      { url: "turn:a.example.org:3478?transport=udp", code: 701, text: "TURN host lookup received error." },
      { url: "turn:b.example.org:3478?transport=udp", code: 401, text: "Unauthorized." },
    ];
    expect(tell(two, gathering([], { errors })).message).toMatch(/^b\.example\.org:3478 refuses/);
  });

  test("errors of another server's are not this one's", () => {
    const errors = [{ url: "stun:other.example.org:3478", code: 701, text: "STUN host lookup received error." }];
    expect(tell(udp, gathering([], { errors })).code).toBe("check/no-answer");
  });

  test("that is not there by TCP, that does not answer, and one without TLS have words of their own", () => {
    const refused = "Failed to establish connection";
    expect(tell(tcp, failing(tcp, 701, refused))).toMatchObject({
      code: "check/no-connection",
      message: "No TCP connection to turn.example.org:3478 comes about",
    });
    expect(tell(tcp, gathering([], { isComplete: false })).code).toBe("check/silent");
    expect(tell(tls, gathering([], { isComplete: false })).code).toBe("check/silent");
    const { code, message, fix } = tell(tls, failing(tls, 701, refused));
    expect(code).toBe("check/no-tls");
    expect(message).toContain("certificate");
    expect(fix).toContain("turn.example.org");
  });

  test("is never told with its credentials", () => {
    for (const gathered of [gathering([]), failing(udp, 401, "Unauthorized."), failing(udp, 701, "lookup")]) {
      expect(JSON.stringify(tell(udp, gathered))).not.toMatch(/secret-word|user"/);
    }
  });
});
