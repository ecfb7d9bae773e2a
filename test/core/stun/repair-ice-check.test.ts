import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairIceCheck } from "../../../src/core/stun/repair-ice-check.js";
import { StunAttribute, StunClass, StunMethod } from "../../../src/core/stun/stun-constants.js";
import { hasValidFingerprint, hasValidIntegrity } from "../../../src/core/stun/stun-integrity.js";
import { StunKey } from "../../../src/core/stun/stun-key.js";
import { StunMessage } from "../../../src/core/stun/stun-message.js";
import { StunWriter } from "../../../src/core/stun/stun-writer.js";

const PASSWORD = "c0Bdmp8+QpG85CoqIVn4iB";
const key = StunKey.shortTerm(PASSWORD);
const passwordOf = (ufrag: string): string | undefined => (ufrag === "Kqq1" ? PASSWORD : undefined);

type Check = {
  readonly role?: number;
  readonly tiebreaker?: Uint8Array;
  readonly username?: string;
  readonly signer?: StunKey;
  readonly messageClass?: StunClass;
};

/** A check as Chromium sends it. */
function check({
  role = StunAttribute.iceControlling,
  tiebreaker = new Uint8Array(8),
  username = "Kqq1:f8LB",
  signer = key,
  messageClass = StunClass.request,
}: Check = {}): Uint8Array {
  return new StunWriter(new Uint8Array(200))
    .start(
      messageClass,
      StunMethod.binding,
      Uint8Array.from({ length: 12 }, (_, i) => i),
    )
    .text(StunAttribute.username, username)
    .attribute(0xc057, Uint8Array.of(0, 1, 3, 231))
    .attribute(role, tiebreaker)
    .attribute(StunAttribute.useCandidate)
    .u32(StunAttribute.priority, 1_845_501_951)
    .integrity(signer)
    .fingerprint()
    .finishCopy();
}

describe("a check with a tiebreaker of 0", () => {
  test.each([
    StunAttribute.iceControlling,
    StunAttribute.iceControlled,
  ])("(role %i) gets 1 and a right signature, and is the same otherwise", (role) => {
    const bytes = check({ role });
    const before = StunMessage.parse(bytes.slice());
    expect(repairIceCheck(bytes, passwordOf)).toBe(true);
    const after = StunMessage.parse(bytes);
    expect(after.value(role)).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
    expect([hasValidIntegrity(after, key), hasValidFingerprint(after)]).toEqual([true, true]);
    const others = (message: StunMessage) => [...message.attributes()].filter(({ type }) => type !== role);
    expect(others(after)).toEqual(others(before));
    expect(after.transactionId).toEqual(before.transactionId);
    expect(repairIceCheck(bytes, passwordOf)).toBe(false);
  });
});

describe("nothing is changed in", () => {
  test.each<[string, Check]>([
    ["a check with a tiebreaker", { tiebreaker: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0) }],
    ["a check of another agent", { username: "else:f8LB" }],
    ["a check that is signed with another password", { signer: StunKey.shortTerm("another") }],
    ["a message without a role", { role: 0x8055 }],
    ["a role of another length", { tiebreaker: new Uint8Array(4) }],
    ["an indication", { messageClass: StunClass.indication }],
    ["a success response", { messageClass: StunClass.success }],
  ])("%s", (_, options) => {
    const bytes = check(options);
    const before = bytes.slice();
    expect(repairIceCheck(bytes, passwordOf)).toBe(false);
    expect(bytes).toEqual(before);
  });

  test("any bytes, nor in a check of which any byte was changed: it would no longer be what its sender signed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const before = bytes.slice();
        expect(repairIceCheck(bytes, () => PASSWORD)).toBe(false);
        expect(bytes).toEqual(before);
      }),
    );
    const whole = check();
    // Behind the signature only FINGERPRINT comes, which is written anew.
    fc.assert(
      fc.property(fc.nat(whole.length - 9), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = whole.slice();
        bytes[at] ^= change;
        const before = bytes.slice();
        expect(repairIceCheck(bytes, () => PASSWORD)).toBe(false);
        expect(bytes).toEqual(before);
      }),
    );
  });
});
