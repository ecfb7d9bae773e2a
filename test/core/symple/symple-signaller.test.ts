import { describe, expect, test } from "vitest";
import { Signal } from "../../../src/core/signal/signal.js";
import type { OutgoingMessage, PeerMessage } from "../../../src/core/symple/peer-message.js";
import { sympleSignaller } from "../../../src/core/symple/symple-signaller.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";

function fixture() {
  const sent: OutgoingMessage[] = [];
  const received = new Signal<PeerMessage>();
  const signaller = sympleSignaller({ received, send: (message) => sent.push(message) > 0 });
  const heard: SignallingMessage[] = [];
  signaller.received.on((message) => heard.push(message));
  const hear = (subtype: string, data?: unknown, from = "ada|1", type: "message" | "event" = "message") =>
    received.emit({ type, from, subtype, data: data as PeerMessage["data"], fields: {} });
  return { sent, signaller, heard, hear, received };
}

describe("calls over Symple", () => {
  test("each step of a call is written with its subtype and data", () => {
    const { sent, signaller } = fixture();
    const peer = "floe|floe-server";
    signaller.send({ kind: "control", peer, control: "init" });
    signaller.send({ kind: "control", peer, control: "accept" });
    signaller.send({ kind: "control", peer, control: "reject" });
    signaller.send({ kind: "control", peer, control: "reject", reason: "busy" });
    signaller.send({ kind: "description", peer, type: "offer", sdp: "v=0" });
    signaller.send({ kind: "description", peer, type: "answer", sdp: "v=0" });
    signaller.send({ kind: "candidate", peer, candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 } });
    signaller.send({ kind: "candidate", peer, candidate: { candidate: "" } });
    signaller.send({ kind: "control", peer, control: "hangup" });
    signaller.send({ kind: "control", peer, control: "hangup", reason: "no way", code: "no-path" });
    expect(sent).toEqual([
      { to: peer, subtype: "call:init", data: {} },
      { to: peer, subtype: "call:accept", data: {} },
      { to: peer, subtype: "call:reject", data: { reason: "declined" } },
      { to: peer, subtype: "call:reject", data: { reason: "busy" } },
      { to: peer, subtype: "call:offer", data: { type: "offer", sdp: "v=0" } },
      { to: peer, subtype: "call:answer", data: { type: "answer", sdp: "v=0" } },
      { to: peer, subtype: "call:candidate", data: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 } },
      { to: peer, subtype: "call:candidate", data: { candidate: "" } },
      { to: peer, subtype: "call:hangup", data: { reason: "hangup" } },
      { to: peer, subtype: "call:hangup", data: { reason: "no way", code: "no-path" } },
    ]);
  });

  test("each step is read, with and without data where data may be absent", () => {
    const { heard, hear } = fixture();
    const peer = "ada|1";
    hear("call:init");
    hear("call:init", {});
    hear("call:accept", null);
    hear("call:reject", {});
    hear("call:hangup", { reason: "source unavailable: gone" });
    hear("call:hangup", { reason: "no way", code: "no-path" });
    hear("call:hangup", { reason: "no way", code: "No Path" });
    hear("call:offer", { type: "offer", sdp: "v=0" });
    hear("call:answer", { type: "answer", sdp: "v=0" });
    expect(heard).toEqual([
      { kind: "control", peer, control: "init" },
      { kind: "control", peer, control: "init" },
      { kind: "control", peer, control: "accept" },
      { kind: "control", peer, control: "reject", reason: "declined" },
      { kind: "control", peer, control: "hangup", reason: "source unavailable: gone" },
      { kind: "control", peer, control: "hangup", reason: "no way", code: "no-path" },
      { kind: "control", peer, control: "hangup", reason: "no way" },
      { kind: "description", peer, type: "offer", sdp: "v=0" },
      { kind: "description", peer, type: "answer", sdp: "v=0" },
    ]);
  });

  test("candidates come with and without a=, a line index, an ufrag, an inner object, and an end in every form", () => {
    const { heard, hear } = fixture();
    const line = "candidate:1 1 udp 2122260223 192.0.2.1 5000 typ host";
    hear("call:candidate", { candidate: line, sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "x" });
    hear("call:candidate", { candidate: `a=${line}`, sdpMid: "0" });
    hear("call:candidate", { candidate: { candidate: line, sdpMid: "1" } });
    for (const end of [
      { candidate: "" },
      { candidate: null, sdpMid: "0" },
      {},
      null,
      { candidate: "a=end-of-candidates" },
    ]) {
      hear("call:candidate", end);
    }
    expect(heard.map((message) => message.kind === "candidate" && message.candidate)).toEqual([
      { candidate: line, sdpMid: "0", sdpMLineIndex: 0 },
      { candidate: line, sdpMid: "0" },
      { candidate: line, sdpMid: "1" },
      { candidate: "" },
      { candidate: "", sdpMid: "0" },
      { candidate: "" },
      { candidate: "" },
      { candidate: "" },
    ]);
  });

  test("the wrong shape, a sender without a full address, and unknown steps are counted and dropped", () => {
    const { signaller, heard, hear } = fixture();
    hear("call:offer", { type: "answer", sdp: "v=0" });
    hear("call:offer", { type: "offer", sdp: "" });
    hear("call:offer", { type: "offer", sdp: 5 });
    hear("call:offer", "v=0");
    hear("call:candidate", { candidate: 5 });
    hear("call:candidate", { candidate: "x".repeat(5000) });
    hear("call:candidate", { candidate: "candidate:1\r\na=evil" });
    hear("call:init", {}, "|1");
    hear("call:init", {}, "ada");
    hear("call:init", {}, "");
    hear("call:dance", {});
    expect(heard).toEqual([]);
    expect(signaller.malformed).toBe(11);
  });

  test("what is no call is not looked at", () => {
    const { signaller, heard, hear } = fixture();
    hear("floe:vision", {});
    hear("call:init", {}, "ada|1", "event");
    expect(heard).toEqual([]);
    expect(signaller.malformed).toBe(0);
  });

  test("a reason is cut to a length that can be shown", () => {
    const { heard, hear } = fixture();
    hear("call:hangup", { reason: "x".repeat(5000) });
    expect(heard[0]).toMatchObject({ reason: "x".repeat(256) });
  });

  test("disposing of it stops it listening", () => {
    const { signaller, heard, hear, received } = fixture();
    signaller[Symbol.dispose]();
    hear("call:init");
    expect(heard).toEqual([]);
    expect(received.size).toBe(0);
  });
});
