import { describe, expect, test } from "vitest";
import {
  CHECK_STEPS,
  type CheckOutcome,
  type CheckStep,
  type CheckStepName,
  titleOf,
} from "../../../src/core/check/check-step.js";
import { serversByStep } from "../../../src/core/check/ice-url.js";
import {
  describePath,
  sumUp,
  withBlockedUdp,
  withUnreachableMedia,
  withWrongAddress,
} from "../../../src/core/check/judge-report.js";
import { noAnswer, noConnection, refused, relayAddress } from "../../../src/core/check/step-faults.js";

const SERVERS = serversByStep([
  { urls: ["stun:a.example.org", "turn:a.example.org", "turn:a.example.org?transport=tcp", "turns:a.example.org"] },
]);
const PASSED: CheckOutcome = { state: "passed", detail: "" };
const [STUN] = SERVERS.stun;
const [TCP] = SERVERS["turn-tcp"];
const MUTE: CheckOutcome = { state: "failed", fault: noAnswer(STUN) };

/** All steps, passed but for those that are given. */
function steps(given: Partial<Record<CheckStepName, CheckOutcome>> = {}): readonly CheckStep[] {
  return CHECK_STEPS.map((name): CheckStep => {
    const outcome = given[name] ?? PASSED;
    return outcome.state === "skipped"
      ? { name, title: titleOf(name), ...outcome }
      : { name, title: titleOf(name), ...outcome, ms: 7 };
  });
}

const codeOf = (all: readonly CheckStep[], wanted: CheckStepName): string => {
  const step = all.find(({ name }) => name === wanted);
  return step?.state === "failed" ? step.fault.code : (step?.state ?? "");
};

describe("UDP that is not answered", () => {
  test("is blocked on this network when the same server answers by TCP", () => {
    const revised = withBlockedUdp(steps({ stun: MUTE, "turn-udp": MUTE }), SERVERS, "relay tcp");
    expect([codeOf(revised, "stun"), codeOf(revised, "turn-udp")]).toEqual(["check/udp-blocked", "check/udp-blocked"]);
    const stun = revised.find(({ name }) => name === "stun");
    expect(stun).toMatchObject({
      ms: 7,
      fault: { message: expect.stringMatching(/^UDP is blocked on this network: a\.example/) },
    });
  });

  test.each<[string, CheckOutcome]>([
    ["a refusal", { state: "failed", fault: refused(TCP, 401, "Unauthorized.") }],
    ["a relay that leads nowhere", { state: "failed", fault: relayAddress("203.0.113.7") }],
  ])("%s by TCP is an answer too", (_, byTcp) => {
    const all = steps({ stun: MUTE, "turn-udp": MUTE, "turn-tcp": byTcp, turns: { state: "skipped", detail: "" } });
    expect(codeOf(withBlockedUdp(all, SERVERS, ""), "stun")).toBe("check/udp-blocked");
  });

  test("is closed at the server when UDP works elsewhere: for media, for STUN, for TURN", () => {
    const both = { stun: MUTE, "turn-udp": MUTE };
    expect(codeOf(withBlockedUdp(steps(both), SERVERS, "host udp"), "stun")).toBe("check/udp-closed");
    expect(codeOf(withBlockedUdp(steps({ "turn-udp": MUTE }), SERVERS, "relay tls"), "turn-udp")).toBe(
      "check/udp-closed",
    );
    expect(codeOf(withBlockedUdp(steps({ stun: MUTE }), SERVERS, ""), "stun")).toBe("check/udp-closed");
  });

  test("says nothing about UDP when the server does not answer by TCP either, or is another one", () => {
    const down: CheckOutcome = { state: "failed", fault: noConnection(TCP) };
    const all = { stun: MUTE, "turn-udp": MUTE, "turn-tcp": down, turns: down };
    expect(codeOf(withBlockedUdp(steps(all), SERVERS, ""), "stun")).toBe("check/no-answer");
    const other = { ...SERVERS, ...serversByStep([{ urls: "stun:b.example.org" }]), "turn-tcp": SERVERS["turn-tcp"] };
    expect(codeOf(withBlockedUdp(steps({ stun: MUTE }), other, ""), "stun")).toBe("check/no-answer");
  });
});

describe("servers of the server's own at an address where nothing is", () => {
  const own = serversByStep([{ urls: ["stun:203.0.113.7", "turn:203.0.113.7", "turn:203.0.113.7?transport=tcp"] }]);
  const skipped: CheckOutcome = { state: "skipped", detail: "" };
  const refusedTcp: CheckOutcome = { state: "failed", fault: noConnection(own["turn-tcp"][0]) };
  const absent = { stun: MUTE, "turn-udp": MUTE, "turn-tcp": refusedTcp, turns: skipped };

  test("are told as a wrong address, because the server answers elsewhere", () => {
    const revised = withWrongAddress(steps(absent), own, "192.0.2.8");
    expect((["stun", "turn-udp", "turn-tcp"] as const).map((name) => codeOf(revised, name))).toEqual(
      Array.from({ length: 3 }, () => "check/external-address"),
    );
    expect(revised.find(({ name }) => name === "stun")).toMatchObject({
      fault: {
        message:
          "The server advertises 203.0.113.7, which does not lead to it: nothing answers there, while 192.0.2.8 answers",
        fix: expect.stringMatching(/^Set turn\.externalIp/),
      },
    });
  });

  test("are what they are when one of them answers, when signalling does not, or when there is no other address", () => {
    const answer: CheckOutcome = { state: "failed", fault: refused(own["turn-tcp"][0], 401, "") };
    const one = steps({ ...absent, "turn-tcp": answer });
    expect(withWrongAddress(one, own, "192.0.2.8")).toEqual(one);
    const away = steps({ ...absent, signalling: MUTE });
    expect(withWrongAddress(away, own, "192.0.2.8")).toEqual(away);
    const same = steps(absent);
    expect(withWrongAddress(same, own, "203.0.113.7")).toEqual(same);
    expect(withWrongAddress(steps(absent), SERVERS, "b.example.org")).toEqual(steps(absent));
  });
});

describe("a call without a path", () => {
  const pathless: CheckOutcome = {
    state: "failed",
    fault: { code: "call/no-path", message: "No path: tried host (1)", fix: "Let UDP through." },
  };

  test("although a relay works means that the relay does not reach the server", () => {
    const revised = withUnreachableMedia(steps({ media: pathless }));
    expect(codeOf(revised, "media")).toBe("check/media-unreachable");
    expect(sumUp(revised, "").summary).toMatch(
      /^No media comes\. The relay works, and the server's media.*tried host \(1\)\.$/,
    );
  });

  test("stays what it is where no relay works", () => {
    const skipped: CheckOutcome = { state: "skipped", detail: "" };
    const all = steps({ media: pathless, "turn-udp": MUTE, "turn-tcp": skipped, turns: skipped });
    expect(withUnreachableMedia(all)).toEqual(all);
  });
});

describe("the whole", () => {
  test("is good when all that was tried works", () => {
    const some = steps({ turns: { state: "skipped", detail: "no turns: server is offered" } });
    expect(sumUp(some, "host udp")).toEqual({
      verdict: "good",
      summary: "Everything works. Media comes directly by UDP.",
    });
  });

  test("is limited when media comes and something else does not work", () => {
    expect(sumUp(steps({ "turn-udp": MUTE, stun: MUTE }), "relay tcp")).toEqual({
      verdict: "limited",
      summary: "Media comes through TURN by TCP. What does not work: STUN, TURN by UDP.",
    });
  });

  test("is bad without media, and tells the first cause", () => {
    const silent: CheckOutcome = {
      state: "failed",
      fault: { code: "call/media-silent", message: "Silence", fix: "Look." },
    };
    expect(sumUp(steps({ media: silent, stun: MUTE }), "")).toEqual({
      verdict: "bad",
      summary: "No media comes. Silence.",
    });
    const away: CheckOutcome = {
      state: "failed",
      fault: { code: "symple/unreachable", message: "The server is away", fix: "" },
    };
    const skipped: CheckOutcome = { state: "skipped", detail: "without signalling there is no call" };
    expect(sumUp(steps({ signalling: away, media: skipped }), "")).toEqual({
      verdict: "bad",
      summary: "The server is away.",
    });
  });

  test("is limited when there was nobody to call", () => {
    const skipped: CheckOutcome = { state: "skipped", detail: "nobody who can be watched is online" };
    expect(sumUp(steps({ media: skipped }), "")).toEqual({
      verdict: "limited",
      summary: "What was tried works. Media was not tried: nobody who can be watched is online.",
    });
  });

  test.each([
    ["host udp", "directly by UDP"],
    ["srflx udp", "directly by UDP"],
    ["relay udp", "through TURN by UDP"],
    ["relay tls", "through TURN by TLS"],
  ])("a path in the browser's words: %s", (path, words) => {
    expect(describePath(path)).toBe(words);
  });
});
