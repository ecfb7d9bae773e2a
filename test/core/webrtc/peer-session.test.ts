// PeerSession on manual time: exact sequences of both roles, every timeout, and everything that comes at the wrong moment.
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { MachineDriver } from "../../../src/core/net/machine-driver.js";
import { milliseconds, seconds } from "../../../src/core/time/units.js";
import { PeerSession } from "../../../src/core/webrtc/peer-session.js";
import type { ConnectionState, PeerSessionInput, PeerSessionOutput } from "../../../src/core/webrtc/peer-session-io.js";
import {
  cleanDetail,
  describeEnd,
  describeState,
  type EndCode,
  type EndReason,
} from "../../../src/core/webrtc/peer-session-state.js";
import type { CallControl, SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import { ManualClock } from "../../sim/manual-clock.js";

const BOB = "bob|1";
const EVE = "eve|2";

let clock: ManualClock;
let session: PeerSession;
let driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
let log: string[];

/** An output in a few words. */
function words(output: PeerSessionOutput): string {
  switch (output.kind) {
    case "send": {
      const { message } = output;
      if (message.kind === "control") {
        return `${message.control} → ${message.peer}${message.reason === undefined ? "" : ` (${message.reason})`}`;
      }
      return message.kind === "description" ? `${message.type} ${message.sdp} →` : `${message.candidate.candidate} →`;
    }
    case "changed":
      return `= ${output.state.kind}`;
    case "open-transport":
      return `open ${output.connection} ${output.role}`;
    case "set-remote-description":
      return `set ${output.type} ${output.sdp}`;
    case "add-remote-candidate":
      return `add ${output.candidate.candidate}`;
    case "close-transport":
      return `close ${output.connection}`;
    default:
      return output satisfies never;
  }
}

beforeEach(() => {
  clock = new ManualClock();
  session = new PeerSession();
  log = [];
  driver = new MachineDriver(session, clock, (output) => log.push(words(output)));
});

/** What happened since the last look. */
function outputs(): string[] {
  return log.splice(0);
}

function hear(message: SignallingMessage): void {
  driver.handle({ kind: "message", message });
}

function control(kind: CallControl, { peer = BOB, reason }: { peer?: string; reason?: string } = {}): void {
  hear({ kind: "control", peer, control: kind, ...(reason === undefined ? {} : { reason }) });
}

function description(type: "offer" | "answer", { peer = BOB, sdp = "sdp" } = {}): void {
  hear({ kind: "description", peer, type, sdp });
}

function candidate(name: string, { peer = BOB } = {}): void {
  hear({ kind: "candidate", peer, candidate: { candidate: name } });
}

function connection(state: ConnectionState, number = 1): void {
  driver.handle({ kind: "connection-state", connection: number, state });
}

function local(sdp: string, number = 1): void {
  driver.handle({ kind: "local-description", connection: number, sdp });
}

/** A caller whose call is up. */
function activeCaller(): void {
  driver.handle({ kind: "call", peer: BOB });
  control("accept");
  local("our-offer");
  description("answer");
  driver.handle({ kind: "remote-description-set", connection: 1 });
  connection("connected");
  outputs();
}

/** A callee that has accepted and got the offer. */
function negotiatingCallee(): void {
  control("init");
  driver.handle({ kind: "accept" });
  description("offer");
  outputs();
}

function end(): EndReason {
  const { state } = session;
  if (state.kind !== "ending" && state.kind !== "ended") {
    throw new Error(`the session is ${state.kind}`);
  }
  return state.reason;
}

describe("a caller", () => {
  test("rings, offers when accepted, takes the answer, trickles, and is active when the path is", () => {
    driver.handle({ kind: "call", peer: BOB });
    expect(outputs()).toEqual([`init → ${BOB}`, "= outgoing-init"]);
    control("accept");
    expect(outputs()).toEqual(["= negotiating", "open 1 caller"]);
    connection("connecting");
    local("our-offer");
    expect(outputs()).toEqual(["offer our-offer →"]);
    driver.handle({ kind: "local-candidate", connection: 1, candidate: { candidate: "ours" } });
    expect(outputs()).toEqual(["ours →"]);
    description("answer", { sdp: "their-answer" });
    expect(outputs()).toEqual(["set answer their-answer"]);
    driver.handle({ kind: "remote-description-set", connection: 1 });
    candidate("theirs");
    expect(outputs()).toEqual(["add theirs"]);
    connection("connected");
    expect(outputs()).toEqual(["= active"]);
    expect(session.state).toMatchObject({ kind: "active", peer: BOB, role: "caller" });
    expect(session.deadlineUs).toBeUndefined();
  });

  test("hangs up: the peer hears it first, then the transport closes, then it has ended", () => {
    activeCaller();
    driver.handle({ kind: "hangup" });
    expect(outputs()).toEqual([`hangup → ${BOB} (hangup)`, "close 1", "= ending"]);
    connection("closed");
    expect(outputs()).toEqual(["= ended"]);
    expect(end()).toEqual({ code: "hangup", by: "local", detail: "hangup" });
  });

  test.each([
    ["busy", "busy"],
    ["declined", "rejected"],
    ["maintenance", "rejected"],
  ])("told %s has ended as %s", (reason, code) => {
    driver.handle({ kind: "call", peer: BOB });
    control("reject", { reason });
    expect(outputs()).toEqual([`init → ${BOB}`, "= outgoing-init", "= ended"]);
    expect(end()).toEqual({ code, by: "remote", detail: reason });
  });

  test("may hang up while it rings, and while it negotiates", () => {
    driver.handle({ kind: "call", peer: BOB });
    driver.handle({ kind: "hangup", reason: "changed my mind" });
    expect(outputs().slice(2)).toEqual([`hangup → ${BOB} (changed my mind)`, "= ended"]);
    driver.handle({ kind: "call", peer: BOB });
    control("accept");
    driver.handle({ kind: "hangup" });
    expect(outputs().slice(4)).toEqual([`hangup → ${BOB} (hangup)`, "close 1", "= ending"]);
  });

  test("calling twice is misuse, and leaves the first call alone", () => {
    driver.handle({ kind: "call", peer: BOB });
    expect(() => driver.handle({ kind: "call", peer: EVE })).toThrow(FloeError);
    expect(session.state).toMatchObject({ kind: "outgoing-init", peer: BOB });
  });
});

describe("a callee", () => {
  test("is rung, accepts, gets the offer, answers, and is active when the path is", () => {
    control("init");
    expect(outputs()).toEqual(["= incoming-init"]);
    driver.handle({ kind: "accept" });
    expect(outputs()).toEqual([`accept → ${BOB}`, "= negotiating"]);
    description("offer", { sdp: "their-offer" });
    expect(outputs()).toEqual(["open 1 callee", "set offer their-offer"]);
    driver.handle({ kind: "remote-description-set", connection: 1 });
    local("our-answer");
    expect(outputs()).toEqual(["answer our-answer →"]);
    connection("connected");
    expect(outputs()).toEqual(["= active"]);
    expect(session.state).toMatchObject({ kind: "active", role: "callee" });
  });

  test("may accept from inside the news that it rings", () => {
    driver.close();
    driver = new MachineDriver(session, clock, (output) => {
      log.push(words(output));
      if (output.kind === "changed" && output.state.kind === "incoming-init") {
        driver.handle({ kind: "accept" });
      }
    });
    control("init");
    expect(outputs()).toEqual(["= incoming-init", `accept → ${BOB}`, "= negotiating"]);
  });

  test.each([
    [undefined, "declined"],
    ["not now", "not now"],
  ])("may decline (%s)", (reason, told) => {
    control("init");
    driver.handle({ kind: "reject", ...(reason === undefined ? {} : { reason }) });
    expect(outputs()).toEqual(["= incoming-init", `reject → ${BOB} (${told})`, "= ended"]);
    expect(end()).toMatchObject({ code: "rejected", by: "local" });
  });

  test("that hangs up while it is rung declines", () => {
    control("init");
    driver.handle({ kind: "hangup", reason: "shutting down" });
    expect(outputs()).toEqual(["= incoming-init", `reject → ${BOB} (shutting down)`, "= ended"]);
  });

  test("hears the caller give up before and after accepting", () => {
    control("init");
    control("hangup");
    expect(outputs()).toEqual(["= incoming-init", "= ended"]);
    control("init");
    driver.handle({ kind: "accept" });
    control("hangup", { reason: "page closed" });
    expect(outputs().slice(-1)).toEqual(["= ended"]);
    expect(end()).toEqual({ code: "hangup", by: "remote", detail: "page closed" });
  });

  test("tells the peer when it cannot answer the offer", () => {
    negotiatingCallee();
    driver.handle({ kind: "negotiation-failed", connection: 1, detail: "webrtc/no-common-codec: no.\nUse VP8." });
    const told = "webrtc/no-common-codec: no. Use VP8.";
    expect(outputs()).toEqual([`hangup → ${BOB} (${told})`, "close 1", "= ending"]);
    expect(end()).toEqual({ code: "negotiation-failed", by: "local", detail: told });
  });
});

describe("candidates", () => {
  test("of the peer wait until the stack has its description, then keep their order", () => {
    control("init");
    driver.handle({ kind: "accept" });
    candidate("a");
    description("offer");
    candidate("b");
    expect(outputs().slice(-2)).toEqual(["open 1 callee", "set offer sdp"]);
    driver.handle({ kind: "remote-description-set", connection: 1 });
    candidate("c");
    expect(outputs()).toEqual(["add a", "add b", "add c"]);
  });

  test("of ours wait until our description has gone", () => {
    driver.handle({ kind: "call", peer: BOB });
    control("accept");
    driver.handle({ kind: "local-candidate", connection: 1, candidate: { candidate: "a" } });
    outputs();
    local("our-offer");
    driver.handle({ kind: "local-candidate", connection: 1, candidate: { candidate: "b" } });
    expect(outputs()).toEqual(["offer our-offer →", "a →", "b →"]);
  });

  test("beyond the queue's bound are dropped and counted", () => {
    control("init");
    driver.handle({ kind: "accept" });
    for (let i = 0; i < 70; i++) {
      candidate(`c${i}`);
    }
    expect(session.counters.droppedCandidates).toBe(6);
    description("offer");
    outputs();
    driver.handle({ kind: "remote-description-set", connection: 1 });
    expect(outputs()).toHaveLength(64);
  });

  test("still flow while the call is active", () => {
    activeCaller();
    candidate("late");
    driver.handle({ kind: "local-candidate", connection: 1, candidate: { candidate: "new" } });
    expect(outputs()).toEqual(["add late", "new →"]);
  });

  test("of an ended call do not leak into the next one", () => {
    control("init");
    driver.handle({ kind: "accept" });
    candidate("old");
    control("hangup");
    negotiatingCallee();
    driver.handle({ kind: "remote-description-set", connection: 1 });
    expect(outputs()).toEqual([]);
  });
});

describe("one call at a time", () => {
  test("glare: who rings and is rung by the same peer says busy", () => {
    driver.handle({ kind: "call", peer: BOB });
    outputs();
    control("init");
    expect(outputs()).toEqual([`reject → ${BOB} (busy)`]);
    expect(session.state.kind).toBe("outgoing-init");
    control("reject", { reason: "busy" });
    expect(end().code).toBe("busy");
  });

  test.each([
    "incoming-init",
    "negotiating",
    "active",
  ])("another peer's call, and a second init, while %s: busy", (kind) => {
    control("init");
    if (kind !== "incoming-init") {
      driver.handle({ kind: "accept" });
      description("offer");
    }
    if (kind === "active") {
      connection("connected");
    }
    expect(session.state.kind).toBe(kind);
    outputs();
    control("init", { peer: EVE });
    control("init");
    expect(outputs()).toEqual([`reject → ${EVE} (busy)`, `reject → ${BOB} (busy)`]);
    expect(session.counters.busy).toBe(2);
  });

  test("a call that comes while the last one still closes rings afterwards", () => {
    negotiatingCallee();
    control("hangup");
    control("init");
    expect(outputs()).toEqual(["close 1", "= ending"]);
    control("init", { peer: EVE });
    expect(outputs()).toEqual([`reject → ${EVE} (busy)`]);
    connection("closed");
    expect(outputs()).toEqual(["= ended", "= incoming-init"]);
    driver.handle({ kind: "accept" });
    description("offer");
    expect(outputs().slice(-2)).toEqual(["open 2 callee", "set offer sdp"]);
  });

  test.each([
    ["hangs up", () => control("hangup")],
    ["goes offline", () => driver.handle({ kind: "peer-gone", peer: BOB })],
  ])("a caller that waits for the close and %s rings no more", (_, leave) => {
    negotiatingCallee();
    control("hangup");
    control("init");
    leave();
    outputs();
    connection("closed");
    expect(outputs()).toEqual(["= ended"]);
  });

  test("a local hangup while closing forgets the caller that waits", () => {
    negotiatingCallee();
    control("hangup");
    control("init");
    driver.handle({ kind: "hangup" });
    outputs();
    connection("closed");
    expect(outputs()).toEqual(["= ended"]);
  });
});

describe("time", () => {
  test("a call that nobody answers ends after 30 s, and the peer is told", () => {
    driver.handle({ kind: "call", peer: BOB });
    outputs();
    clock.advance(seconds(30) - 1);
    expect(outputs()).toEqual([]);
    clock.advance(1);
    expect(outputs()).toEqual([`hangup → ${BOB} (no answer)`, "= ended"]);
    expect(end()).toMatchObject({ code: "no-answer", by: "remote" });
  });

  test("a call that we do not answer is declined after 30 s", () => {
    control("init");
    clock.advance(seconds(30));
    expect(outputs()).toEqual(["= incoming-init", `reject → ${BOB} (no answer)`, "= ended"]);
  });

  test.each<[string, () => void]>([
    ["no offer came", () => {}],
    ["the answer could not be made in time", () => description("offer")],
    [
      "the answer could not be made in time",
      () => {
        description("offer");
        connection("connecting");
        connection("disconnected");
      },
    ],
  ])("a callee gives up 15 s after accepting: %s", (detail, advance) => {
    control("init");
    driver.handle({ kind: "accept" });
    advance();
    outputs();
    clock.advance(seconds(15) - 1);
    expect(outputs()).toEqual([]);
    clock.advance(1);
    expect(outputs()[0]).toBe(`hangup → ${BOB} (${detail})`);
    expect(end()).toEqual({ code: "negotiation-timeout", by: "local", detail });
  });

  test.each<[string, () => void]>([
    ["the offer could not be made in time", () => {}],
    ["no answer came to the offer", () => local("offer")],
  ])("a caller gives up 15 s after being accepted: %s", (detail, advance) => {
    driver.handle({ kind: "call", peer: BOB });
    control("accept");
    advance();
    clock.advance(seconds(15));
    expect(end()).toEqual({ code: "negotiation-timeout", by: "local", detail });
  });

  test("when the descriptions were exchanged, it is the path that did not come about in time, with what was tried for it", () => {
    negotiatingCallee();
    local("v=0\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n");
    candidate("candidate:1 1 udp 1 192.0.2.2 5000 typ relay raddr 0.0.0.0 rport 0");
    clock.advance(seconds(15));
    const tried = "tried host (1), STUN (none: no STUN server), relay (none: no TURN server) here, and relay (1) there";
    expect(outputs()).toContain(`hangup → ${BOB} (${tried})`);
    expect(end()).toEqual({ code: "no-path", by: "local", detail: tried });
  });

  test("a broken path has 5 s to come back", () => {
    activeCaller();
    clock.advance(seconds(100));
    connection("disconnected");
    expect(outputs()).toEqual(["= active"]);
    expect(session.state).toMatchObject({ kind: "active", interruptedUs: clock.nowUs() });
    clock.advance(seconds(4));
    connection("disconnected");
    connection("connecting");
    connection("connected");
    expect(outputs()).toEqual(["= active"]);
    expect(session.state).not.toHaveProperty("interruptedUs");
    clock.advance(seconds(60));
    expect(outputs()).toEqual([]);
  });

  test("a path that does not come back ends the call", () => {
    activeCaller();
    connection("disconnected");
    clock.advance(seconds(5));
    expect(outputs()).toEqual([
      "= active",
      `hangup → ${BOB} (The connection was lost and did not come back.)`,
      "close 1",
      "= ending",
    ]);
    expect(end().code).toBe("connection-lost");
  });

  test("a stack that finds the certificate wrong right after it was connected has failed at the encryption", () => {
    activeCaller();
    driver.handle({ kind: "connection-state", connection: 1, state: "failed", hasEncryptionFailed: true });
    expect(end().code).toBe("dtls-failed");
  });

  test("a stack that does not close is waited for 2 s", () => {
    activeCaller();
    driver.handle({ kind: "hangup" });
    outputs();
    clock.advance(seconds(2));
    expect(outputs()).toEqual(["= ended"]);
    connection("closed");
    expect(outputs()).toEqual([]);
  });

  test("every wait can be set", () => {
    driver.close();
    session = new PeerSession({ ringTimeoutMs: 10 });
    driver = new MachineDriver(session, clock, (output) => log.push(words(output)));
    driver.handle({ kind: "call", peer: BOB });
    clock.advance(milliseconds(10));
    expect(end().code).toBe("no-answer");
  });

  test("a tick before its time does nothing", () => {
    driver.handle({ kind: "call", peer: BOB });
    session.tick(seconds(29));
    expect(session.state.kind).toBe("outgoing-init");
  });
});

describe("failures of the transport", () => {
  test("ICE that fails before the call is up found no path, or nobody's address to try", () => {
    negotiatingCallee();
    connection("failed");
    const nothing = "the other side sent no address to reach it at";
    expect(outputs()).toEqual([`hangup → ${BOB} (${nothing})`, "close 1", "= ending"]);
    expect(end()).toEqual({ code: "no-candidates", by: "local", detail: nothing });
  });

  test("a failure after ICE has found a path is one of the encryption", () => {
    negotiatingCallee();
    driver.handle({ kind: "path-found", connection: 1 });
    connection("failed");
    expect(outputs()[0]).toBe(
      `hangup → ${BOB} (There is a path for the media, but the encryption on it (DTLS) failed.)`,
    );
    expect(end()).toEqual({ code: "dtls-failed", by: "local", detail: "" });
  });

  test("what a STUN or TURN server said is told when no path came about", () => {
    driver.close();
    session = new PeerSession({ iceUrls: ["turn:192.0.2.9"] });
    driver = new MachineDriver(session, clock, (output) => log.push(words(output)));
    negotiatingCallee();
    local("answer");
    driver.handle({
      kind: "local-candidate",
      connection: 1,
      candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 5000 typ host" },
    });
    candidate("candidate:1 1 udp 1 192.0.2.2 5000 typ host");
    driver.handle({ kind: "ice-server-failed", connection: 1, url: "turn:192.0.2.9", detail: "401 Unauthorized" });
    connection("failed");
    expect(end()).toMatchObject({ code: "no-path", detail: expect.stringContaining("relay (none: 401 Unauthorized)") });
  });

  test("a peer that hangs up because something failed for it tells what, and both know it", () => {
    activeCaller();
    hear({ kind: "control", peer: BOB, control: "hangup", reason: "tried host (1) here", code: "no-path" });
    expect(end()).toEqual({ code: "no-path", by: "remote", detail: "tried host (1) here" });
  });

  test.each(["hangup", "rejected", "nonsense", "__proto__"])("the code %j of a peer is no fault", (code) => {
    activeCaller();
    hear({ kind: "control", peer: BOB, control: "hangup", reason: "gone", code });
    expect(end()).toEqual({ code: "hangup", by: "remote", detail: "gone" });
  });

  test("a hangup that crossed our own does not end the next call, which rings already", () => {
    activeCaller();
    driver.handle({ kind: "hangup" });
    connection("closed");
    driver.handle({ kind: "call", peer: BOB });
    outputs();
    control("hangup", { reason: "The connection was closed." });
    expect(session.state.kind).toBe("outgoing-init");
    expect(session.counters.ignored).toBe(1);
    control("accept");
    expect(session.state.kind).toBe("negotiating");
    control("hangup");
    expect(end()).toMatchObject({ code: "hangup", by: "remote" });
  });

  test("a hangup may tell what failed, and is a hangup here all the same", () => {
    const sent: SignallingMessage[] = [];
    const one = new PeerSession();
    const told = new MachineDriver(one, clock, (output) => output.kind === "send" && sent.push(output.message));
    told.handle({ kind: "call", peer: BOB });
    told.handle({ kind: "hangup", reason: "no feedback", code: "media-silent" });
    expect(sent.at(-1)).toEqual({
      kind: "control",
      peer: BOB,
      control: "hangup",
      reason: "no feedback",
      code: "media-silent",
    });
    expect(one.state).toMatchObject({ reason: { code: "hangup", by: "local", detail: "no feedback" } });
  });

  test("our own faults are told with their code, and a plain hangup without", () => {
    const sent: SignallingMessage[] = [];
    const told = new MachineDriver(
      new PeerSession(),
      clock,
      (output) => output.kind === "send" && sent.push(output.message),
    );
    for (const state of ["failed", "closed"] as const) {
      told.handle({ kind: "message", message: { kind: "control", peer: BOB, control: "init" } });
      told.handle({ kind: "accept" });
      told.handle({ kind: "message", message: { kind: "description", peer: BOB, type: "offer", sdp: "sdp" } });
      const connection = state === "failed" ? 1 : 2;
      told.handle(state === "failed" ? { kind: "connection-state", connection, state } : { kind: "hangup" });
      told.handle({ kind: "connection-state", connection, state: "closed" });
    }
    const hangups = sent.filter((message) => message.kind === "control" && message.control === "hangup");
    expect(hangups).toMatchObject([{ code: "no-candidates" }, { reason: "hangup" }]);
    expect(hangups[1]).not.toHaveProperty("code");
  });

  test("ICE that fails in a call has lost the connection", () => {
    activeCaller();
    connection("failed");
    expect(end().code).toBe("connection-lost");
  });

  test("a connection that closes by itself needs no closing", () => {
    activeCaller();
    driver.handle({ kind: "connection-state", connection: 1, state: "closed", detail: "out of memory" });
    expect(outputs()).toEqual([`hangup → ${BOB} (out of memory)`, "= ended"]);
    expect(end()).toEqual({ code: "transport-closed", by: "local", detail: "out of memory" });
  });

  test("failing while closing changes nothing", () => {
    activeCaller();
    driver.handle({ kind: "hangup" });
    outputs();
    connection("disconnected");
    connection("failed");
    connection("connected");
    expect(outputs()).toEqual([]);
    expect(end().code).toBe("hangup");
  });
});

describe("a peer that goes offline", () => {
  test("ends the call without a word to it", () => {
    activeCaller();
    driver.handle({ kind: "peer-gone", peer: BOB });
    expect(outputs()).toEqual(["close 1", "= ending"]);
    expect(end()).toMatchObject({ code: "peer-gone", by: "remote" });
  });

  test("is nobody's business when it is another one, or when no call goes on", () => {
    driver.handle({ kind: "peer-gone", peer: BOB });
    activeCaller();
    driver.handle({ kind: "peer-gone", peer: EVE });
    expect(outputs()).toEqual([]);
  });
});

describe("what comes at the wrong moment is counted and changes nothing", () => {
  function expectIgnored(count: number, act: () => void): void {
    outputs();
    const { state } = session;
    const before = session.counters.ignored;
    act();
    expect(outputs()).toEqual([]);
    expect(session.state).toEqual(state);
    expect(session.counters.ignored - before).toBe(count);
  }

  test("when idle: everything but a call", () => {
    expectIgnored(6, () => {
      control("accept");
      control("reject");
      control("hangup");
      description("offer");
      description("answer");
      candidate("a");
    });
    expectIgnored(2, () => {
      driver.handle({ kind: "accept" });
      driver.handle({ kind: "reject" });
    });
    expectIgnored(0, () => driver.handle({ kind: "hangup" }));
    expectIgnored(3, () => {
      connection("connected", 0);
      connection("closed", 1);
      local("sdp");
    });
  });

  test("from another peer", () => {
    activeCaller();
    expectIgnored(4, () => {
      control("hangup", { peer: EVE });
      control("accept", { peer: EVE });
      description("answer", { peer: EVE });
      candidate("a", { peer: EVE });
    });
  });

  test("while ringing: descriptions and candidates, and controls of the other role", () => {
    driver.handle({ kind: "call", peer: BOB });
    expectIgnored(3, () => {
      description("answer");
      candidate("a");
      driver.handle({ kind: "accept" });
    });
    control("reject");
    control("init");
    expectIgnored(2, () => {
      control("accept");
      control("reject");
    });
  });

  test("a second accept, a late reject", () => {
    activeCaller();
    expectIgnored(2, () => {
      control("accept");
      control("reject");
    });
  });

  test("a caller: an offer, an answer before the offer went, a second answer, a second local description", () => {
    driver.handle({ kind: "call", peer: BOB });
    control("accept");
    expectIgnored(2, () => {
      description("offer");
      description("answer");
    });
    local("offer");
    description("answer");
    expectIgnored(2, () => {
      description("answer");
      local("another");
    });
  });

  test("a callee: an answer, a second offer", () => {
    negotiatingCallee();
    expectIgnored(2, () => {
      description("answer");
      description("offer");
    });
  });

  test("after the end: messages, and events of the old connection, also during the next call", () => {
    activeCaller();
    driver.handle({ kind: "hangup" });
    expectIgnored(5, () => {
      control("hangup");
      description("answer");
      candidate("a");
      local("late");
      driver.handle({ kind: "local-candidate", connection: 1, candidate: { candidate: "late" } });
    });
    connection("closed");
    driver.handle({ kind: "call", peer: BOB });
    control("accept");
    expectIgnored(3, () => {
      connection("failed", 1);
      connection("closed", 1);
      local("late", 1);
    });
    expect(session.state.kind).toBe("negotiating");
  });
});

describe("words for people", () => {
  test.each<[EndCode, "local" | "remote", string, string]>([
    ["hangup", "local", "hangup", "You hung up."],
    ["hangup", "remote", "hangup", "The other side hung up."],
    ["hangup", "remote", "source unavailable: no file", "The other side ended the call: source unavailable: no file."],
    ["rejected", "remote", "declined", "The other side declined the call."],
    ["rejected", "remote", "Full!", "The other side declined the call: Full!"],
    ["busy", "remote", "busy", "The other side is busy with another call."],
    ["no-answer", "remote", "", "Nobody answered the call."],
    ["negotiation-failed", "local", "", "The two sides could not agree on a connection."],
    ["no-candidates", "local", "", "No path for the media can come about."],
    ["no-candidates", "local", "none", "No path for the media can come about: none."],
    ["dtls-failed", "local", "", "There is a path for the media, but the encryption on it (DTLS) failed."],
    ["dtls-failed", "local", "an alert", "The encryption of the media (DTLS) failed: an alert."],
    ["media-silent", "local", "", "The connection is there, but no media comes over it."],
    [
      "media-silent",
      "remote",
      "no feedback",
      "No media comes over the connection (in the other side's words): no feedback.",
    ],
    ["connection-lost", "local", "", "The connection was lost and did not come back."],
    ["transport-closed", "local", "", "The connection was closed."],
    ["peer-gone", "remote", "", "The other side has gone offline."],
  ])("%s by %s (%s): %s", (code, by, detail, sentence) => {
    expect(describeEnd({ code, by, detail })).toBe(sentence);
  });

  test("a path that was not found names the cause and the help", () => {
    expect(describeEnd({ code: "no-path", by: "local", detail: "" })).toMatch(/^ICE found no path: .*TURN/);
    expect(describeEnd({ code: "no-path", by: "local", detail: "tried host" })).toBe(
      "No path for the media came about: tried host.",
    );
    expect(describeEnd({ code: "no-path", by: "remote", detail: "tried host" })).toBe(
      "No path for the media came about (in the other side's words): tried host.",
    );
    expect(describeEnd({ code: "negotiation-timeout", by: "local", detail: "no offer came" })).toMatch(
      /no offer came\.$/,
    );
  });

  test("every state has a sentence", () => {
    const sinceUs = 0;
    const reason: EndReason = { code: "busy", by: "remote", detail: "busy" };
    expect(describeState({ kind: "idle" })).toBe("No call.");
    expect(describeState({ kind: "outgoing-init", peer: BOB, sinceUs })).toBe("Calling bob…");
    expect(describeState({ kind: "incoming-init", peer: "|1", sinceUs })).toBe("|1 is calling.");
    expect(describeState({ kind: "negotiating", peer: BOB, role: "caller", sinceUs })).toBe("Connecting…");
    expect(describeState({ kind: "active", peer: BOB, role: "caller", sinceUs })).toBe("Connected.");
    expect(describeState({ kind: "active", peer: BOB, role: "caller", sinceUs, interruptedUs: 1 })).toMatch(
      /interrupted/,
    );
    expect(describeState({ kind: "ending", peer: BOB, reason })).toBe(describeEnd(reason));
    expect(describeState({ kind: "ended", peer: BOB, reason, sinceUs })).toBe(describeEnd(reason));
  });

  test("what a peer says is one short line without control characters", () => {
    expect(cleanDetail("a\u0000b\r\n\u001b[1mc\u2028d ")).toBe("a b [1mc d");
    expect(cleanDetail("x".repeat(500))).toHaveLength(200);
    expect(cleanDetail(undefined)).toBe("");
  });
});

describe("any order of anything", () => {
  const peer = fc.constantFrom(BOB, EVE);
  const number = fc.integer({ min: 0, max: 3 });
  const message: fc.Arbitrary<SignallingMessage> = fc.oneof(
    fc.record({
      kind: fc.constant("control" as const),
      peer,
      control: fc.constantFrom<CallControl>("init", "accept", "reject", "hangup"),
    }),
    fc.record({
      kind: fc.constant("description" as const),
      peer,
      type: fc.constantFrom("offer" as const, "answer" as const),
      sdp: fc.constant("sdp"),
    }),
    fc.record({ kind: fc.constant("candidate" as const), peer, candidate: fc.constant({ candidate: "c" }) }),
  );
  const input: fc.Arbitrary<PeerSessionInput> = fc.oneof(
    { weight: 5, arbitrary: message.map((one): PeerSessionInput => ({ kind: "message", message: one })) },
    fc.constantFrom<PeerSessionInput>({ kind: "accept" }, { kind: "reject" }, { kind: "hangup" }),
    fc.record({ kind: fc.constantFrom("call" as const, "peer-gone" as const), peer }),
    fc.record({
      kind: fc.constantFrom("local-description" as const),
      connection: number,
      sdp: fc.constant("sdp"),
    }),
    fc.record({ kind: fc.constant("remote-description-set" as const), connection: number }),
    fc.record({ kind: fc.constant("negotiation-failed" as const), connection: number, detail: fc.string() }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("connection-state" as const),
        connection: number,
        state: fc.constantFrom<ConnectionState>("connecting", "connected", "disconnected", "failed", "closed"),
      }),
    },
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: input },
    fc.integer({ min: 1, max: 40 }).map((n) => ({ wait: seconds(n) })),
  );

  test("opens and closes one transport at a time, and comes to rest", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const time = new ManualClock();
        const machine = new PeerSession();
        let openConnection = 0;
        const running = new MachineDriver(machine, time, (output) => {
          if (output.kind === "open-transport") {
            expect(openConnection).toBe(0);
            openConnection = output.connection;
          } else if (output.kind === "close-transport") {
            expect(output.connection).toBe(openConnection);
            openConnection = 0;
          } else if (output.kind === "add-remote-candidate" || output.kind === "set-remote-description") {
            expect(output.connection).toBe(openConnection);
          }
        });
        for (const one of steps) {
          if ("wait" in one) {
            time.advance(one.wait);
          } else {
            if (one.kind === "connection-state" && one.state === "closed" && one.connection === openConnection) {
              openConnection = 0;
            }
            try {
              running.handle(one);
            } catch (error) {
              expect(error).toBeInstanceOf(FloeError);
              expect(one.kind).toBe("call");
            }
          }
        }
        const wasActive = machine.state.kind === "active";
        running.handle({ kind: "hangup" });
        time.advance(seconds(60));
        expect(["idle", "ended"]).toContain(machine.state.kind);
        expect(wasActive && openConnection !== 0).toBe(false);
        expect(time.pending).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});
