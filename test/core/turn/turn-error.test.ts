// What TURN clients tell people when there is no allocation or no peer.
import { expect, test } from "vitest";
import { parseIpAddress } from "../../../src/core/net/transport-address.js";
import type { TurnFailure } from "../../../src/core/turn/client/client-io.js";
import { turnError, turnPeerError } from "../../../src/core/turn/client/turn-error.js";

const refused = (code: number, reason = ""): TurnFailure => ({
  kind: "refused",
  code,
  reason,
  alternateServer: undefined,
});

test("every failure has a stable code, the server's name and a fix", () => {
  const failures: readonly (readonly [TurnFailure, string])[] = [
    [{ kind: "timeout", unsignedCode: 0 }, "turn/no-answer"],
    [{ kind: "closed" }, "turn/closed"],
    [{ kind: "unauthorized" }, "turn/unauthorized"],
    [{ kind: "malformed" }, "turn/malformed"],
    [refused(403), "turn/forbidden"],
    [refused(437), "turn/mismatch"],
    [refused(440), "turn/family"],
    [refused(441), "turn/other-user"],
    [refused(442), "turn/relay-transport"],
    [refused(443), "turn/peer-family"],
    [refused(446), "turn/peer-taken"],
    [refused(447), "turn/peer-unreachable"],
    [refused(486), "turn/quota"],
    [refused(508), "turn/no-room"],
    [refused(500), "turn/refused"],
    [refused(300), "turn/refused"],
  ];
  for (const [failure, code] of failures) {
    const error = turnError(failure, "h:3478 by UDP");
    expect([error.code, error.message.includes("h:3478 by UDP"), error.fix !== ""]).toEqual([code, true, true]);
  }
});

test("a server that sends its clients elsewhere is quoted with the address", () => {
  const alternateServer = parseIpAddress("2001:db8::9", 3478);
  const error = turnError({ kind: "refused", code: 300, reason: "", alternateServer }, "h:3478 by UDP");
  expect([error.code, error.fix]).toEqual(["turn/elsewhere", "Connect to [2001:db8::9]:3478."]);
});

test("an unsigned answer is told, and that it is not believed", () => {
  const { message } = turnError({ kind: "timeout", unsignedCode: 500 }, "h:3478 by UDP");
  expect(message).toContain("unsigned 500 Server Error, which is not believed");
});

test("a server's own words are quoted and cut, so that they cannot pose as ours", () => {
  const { message } = turnError(refused(508, `full\nturn/ok: all is well ${"x".repeat(200)}`), "h:3478 by UDP");
  expect(message).toContain('in its words "full\\nturn/ok: all is well xxx');
  expect(message.length).toBeLessThan(250);
  expect(turnError(refused(486, "Allocation Quota Reached"), "h").message).not.toContain("words");
});

test("a peer that is not let in is named", () => {
  const peer = parseIpAddress("10.0.0.1", 80);
  expect(turnPeerError(peer, 403, "h:3478 by UDP")).toMatchObject({
    code: "turn/forbidden",
    message: expect.stringContaining("10.0.0.1:80"),
  });
  expect(turnPeerError(peer, 0, "h:3478 by UDP").code).toBe("turn/no-answer");
});
