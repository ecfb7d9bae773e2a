import { expect, test } from "vitest";
import { encodeHex } from "../../../../src/core/bytes/hex.js";
import { Secret } from "../../../../src/core/diagnosis/secret.js";
import { PasswordAlgorithm } from "../../../../src/core/stun/stun-constants.js";
import { StunKey } from "../../../../src/core/stun/stun-key.js";
import { ManualClock } from "../../../../src/core/time/manual-clock.js";
import { seconds } from "../../../../src/core/time/units.js";
import { ephemeralCredentials } from "../../../../src/core/turn/server/credentials.js";
import { parseConfigObject } from "../../../../src/node/server/config/parse-config-object.js";
import type { PartialServerConfig } from "../../../../src/node/server/config/server-config.js";
import { TurnAccess } from "../../../../src/node/server/turn/turn-access.js";
import { SeededEntropy } from "../../../sim/seeded-entropy.js";

const clock = new ManualClock();
let seed = 1;

function accessOf(turn: PartialServerConfig["turn"] = {}): TurnAccess {
  return new TurnAccess(parseConfigObject({ turn }).turn, { clock, entropy: new SeededEntropy(seed++) });
}

/** Whether the relay lets this name in with this password. */
function letsIn(access: TurnAccess, username: string, password: string): boolean {
  const algorithm = PasswordAlgorithm.md5;
  const answer = access.credentials.find({ id: 1, username, userhash: undefined, realm: "floe", algorithm });
  const signed = (key: StunKey): string => encodeHex(key.sha1.sign(new Uint8Array(20)));
  const shown = signed(StunKey.longTerm(username, "floe", password, algorithm));
  return answer !== "later" && answer.isKnown && answer.keys.some((key) => signed(key) === shown);
}

test("what is issued lets in for as long as it says, each time as another user", () => {
  const access = accessOf({ credentialTtlSeconds: 60 });
  const [first, second] = [access.issue(), access.issue()];
  expect(first.username).toMatch(/^\d{10}:page-[\w-]{12}$/);
  expect(first.username).not.toBe(second.username);
  expect(first.expiresUs).toBe(clock.wallUs() + seconds(60));
  expect(letsIn(access, first.username, first.credential)).toBe(true);
  expect(letsIn(access, first.username, second.credential)).toBe(false);
  clock.advance(seconds(59));
  expect(letsIn(access, first.username, first.credential)).toBe(true);
  clock.advance(seconds(2));
  expect(letsIn(access, first.username, first.credential)).toBe(false);
});

test("without a secret each process makes its own", () => {
  const { username, credential } = accessOf().issue();
  expect(letsIn(accessOf(), username, credential)).toBe(false);
});

test("two secrets are live: what was made with either lets in, and the newer issues", () => {
  const access = accessOf({ secret: "new", previousSecret: "old" });
  const expiresUs = clock.wallUs() + seconds(60);
  for (const secret of ["new", "old"]) {
    const { username, credential } = ephemeralCredentials(new Secret(secret), { expiresUs, user: "ada" });
    expect(letsIn(access, username, credential)).toBe(true);
  }
  const { username, credential } = access.issue();
  expect(letsIn(accessOf({ secret: "new" }), username, credential)).toBe(true);
  expect(letsIn(accessOf({ secret: "old" }), username, credential)).toBe(false);
});

test("users have passwords that do not expire, beside what is issued", () => {
  const access = accessOf({ users: { ada: "lovelace" } });
  const { username, credential } = access.issue();
  clock.advance(seconds(1));
  expect(letsIn(access, "ada", "lovelace")).toBe(true);
  expect(letsIn(access, "ada", "byron")).toBe(false);
  expect(letsIn(access, "bob", "lovelace")).toBe(false);
  expect(letsIn(access, username, credential)).toBe(true);
});
