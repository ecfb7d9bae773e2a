// The two browser projects differ in one thing, and the tests that rely on it would pass for the wrong reason without it.
import { expect, test } from "vitest";

const project = (import.meta as unknown as { env: Record<string, string> }).env.FLOE_TEST_PROJECT;

test("the isolated project is cross-origin isolated and the plain one is not", () => {
  expect(["browser-isolated", "browser-plain"]).toContain(project);
  expect(crossOriginIsolated).toBe(project === "browser-isolated");
});

test("SharedArrayBuffer is there exactly when the page is cross-origin isolated", () => {
  expect(typeof SharedArrayBuffer === "function").toBe(crossOriginIsolated);
});
