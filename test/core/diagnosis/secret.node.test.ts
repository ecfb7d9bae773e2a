import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../../src/core/diagnosis/secret.js";

test("Node's inspect and console formatting print ***", () => {
  const secret = new Secret("hunter2");
  expect(inspect(secret)).toBe("***");
  expect(inspect({ auth: { token: secret } }, { depth: 9, showHidden: true })).not.toContain("hunter2");
  expect(format("%s %o %j", secret, secret, secret)).not.toContain("hunter2");
});
