import { expect, test } from "vitest";
import { FloeError, WireError } from "../../../src/core/error/floe-error.js";

test("an error reads `code: what happened. How to fix it.`", () => {
  const error = new FloeError("http/port-in-use", "port 4500 is in use", { fix: "Choose another with --port." });
  expect(String(error)).toBe("http/port-in-use: port 4500 is in use. Choose another with --port.");
  expect([error.code, error.message, error.fix]).toEqual([
    "http/port-in-use",
    "port 4500 is in use",
    "Choose another with --port.",
  ]);
});

test("an error without a fix ends after what happened, with one full stop", () => {
  expect(String(new FloeError("a/b", "it broke"))).toBe("a/b: it broke.");
  expect(String(new FloeError("a/b", "It broke."))).toBe("a/b: It broke.");
  expect(new FloeError("a/b", "it broke").fix).toBe("");
});

test("the cause is kept for programs, and is no property where there was none", () => {
  const cause = new Error("EADDRINUSE");
  expect(new FloeError("a/b", "it broke", { cause }).cause).toBe(cause);
  expect("cause" in new FloeError("a/b", "it broke")).toBe(false);
});

test("errors are told apart by their class, their name and their code", () => {
  const wire = new WireError("rtp/short", "RTP header needs 12 bytes, got 3");
  expect(wire).toBeInstanceOf(FloeError);
  expect(wire).toBeInstanceOf(Error);
  expect(new FloeError("a/b", "it broke")).not.toBeInstanceOf(WireError);
  expect([wire.name, new FloeError("a/b", "it broke").name]).toEqual(["WireError", "FloeError"]);
});
