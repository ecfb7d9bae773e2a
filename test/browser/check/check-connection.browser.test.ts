// The connection test where there is no server: what can be known without one, in a real Chromium.
import { afterEach, expect, test, vi } from "vitest";
import { checkConnection } from "../../../src/browser/check/check-connection.js";
import type { CheckStep } from "../../../src/core/check/check-step.js";

/** Nobody listens there, and Chromium knows it at once. */
const NOBODY = "ws://127.0.0.1:20999/ws";
const SERVERS = [
  {
    urls: ["turn:127.0.0.1:20999?transport=tcp", "turns:127.0.0.1:20999"],
    username: "user",
    credential: "secret-word",
  },
];

function closedAtEnd(): () => void {
  const made: RTCPeerConnection[] = [];
  const Original = RTCPeerConnection;
  vi.stubGlobal(
    "RTCPeerConnection",
    class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        made.push(this);
      }
    },
  );
  return () => {
    expect(made.length).toBeGreaterThan(0);
    expect(made.map(({ signalingState }) => signalingState)).toEqual(made.map(() => "closed"));
  };
}

afterEach(() => vi.unstubAllGlobals());

test("a server that is not there is named by the first step, and what is known without it is told", async () => {
  const expectClosed = closedAtEnd();
  const told: string[] = [];
  const report = await checkConnection({
    url: `${NOBODY}?token=secret-word`,
    iceServers: SERVERS,
    onStep: ({ name, state }, steps) => {
      told.push(`${name} ${state}`);
      expect(steps).toHaveLength(7);
    },
  });
  const step = (name: CheckStep["name"]): CheckStep | undefined => report.steps.find((each) => each.name === name);
  expect(report.verdict).toBe("bad");
  expect(report.summary).toBe("The server cannot be reached.");
  expect(step("signalling")).toMatchObject({ state: "failed", fault: { code: "symple/unreachable" } });
  expect(step("host")).toMatchObject({ state: "passed" });
  expect(step("stun")).toMatchObject({ state: "skipped", detail: "no stun: and no turn: server is offered" });
  expect(step("turn-udp")).toMatchObject({ state: "skipped", detail: "no turn: server by UDP is offered" });
  expect(step("turn-tcp")).toMatchObject({ state: "failed", fault: { code: "check/no-connection" } });
  expect(step("turns")).toMatchObject({ state: "failed", fault: { code: "check/no-tls" } });
  expect(step("media")).toMatchObject({ state: "skipped", detail: "without signalling there is no call" });
  expect(told).toContain("turn-tcp running");
  expect(told.at(-1)).toBe("media skipped");
  expectClosed();
  // What a person copies into a report is all of it, and holds no secret.
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(JSON.stringify(report)).not.toContain("secret-word");
  expect(Date.parse(report.startedAt)).not.toBeNaN();
});

test("without being told the servers, and without a server to ask, says why nothing of them was tried", async () => {
  const { steps } = await checkConnection({ url: NOBODY });
  for (const name of ["stun", "turn-udp", "turn-tcp", "turns"]) {
    expect(steps.find((step) => step.name === name)).toMatchObject({
      state: "skipped",
      detail: expect.stringMatching(/^the server did not tell its STUN and TURN servers/),
    });
  }
});

test("servers that the browser does not take fail their step with the browser's words", async () => {
  const { steps } = await checkConnection({ url: NOBODY, iceServers: [{ urls: "turn:127.0.0.1:20999" }] });
  expect(steps.find(({ name }) => name === "turn-udp")).toMatchObject({
    state: "failed",
    fault: { code: "check/not-taken", message: expect.stringContaining("username and credential") },
  });
});

test("an address that is none fails signalling, and a browser without WebRTC the rest", async () => {
  vi.stubGlobal("RTCPeerConnection", undefined);
  const none = await checkConnection({ url: "http://", deadlines: { addressMs: 500 } });
  expect(none).toMatchObject({
    url: "http://",
    steps: [{ fault: { code: "symple/bad-url" } }, {}, {}, {}, {}, {}, {}],
  });
  const { steps, verdict } = await checkConnection({ url: "ftp://example.org", iceServers: [] });
  expect(steps.map(({ state }) => state)).toEqual(["failed", "failed", ...Array.from({ length: 5 }, () => "skipped")]);
  expect(steps[0]).toMatchObject({ fault: { code: "symple/bad-url" } });
  expect(steps[1]).toMatchObject({ fault: { code: "check/no-webrtc" } });
  expect(verdict).toBe("bad");
});

test("a server that does not answer in time fails its step", async () => {
  // Chromium goes on asking for half a minute.
  const started = performance.now();
  const { steps } = await checkConnection({
    url: NOBODY,
    iceServers: [{ urls: "stun:127.0.0.1:20999" }],
    deadlines: { addressMs: 300 },
  });
  expect(steps.find(({ name }) => name === "stun")).toMatchObject({
    state: "failed",
    fault: { code: "check/no-answer", message: "127.0.0.1:20999 does not answer by UDP" },
  });
  expect(performance.now() - started).toBeGreaterThan(300);
});

test("aborting ends it with the signal's reason, and closes everything", async () => {
  const expectClosed = closedAtEnd();
  const stop = new AbortController();
  const enough = new Error("enough");
  const running = checkConnection({
    url: NOBODY,
    iceServers: [{ urls: "stun:127.0.0.1:20999" }],
    signal: stop.signal,
    onStep: ({ name, state }) => name === "stun" && state === "running" && stop.abort(enough),
  });
  await expect(running).rejects.toBe(enough);
  expectClosed();
  await expect(checkConnection({ url: NOBODY, signal: stop.signal })).rejects.toBe(enough);
});
