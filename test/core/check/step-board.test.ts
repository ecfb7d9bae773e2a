import { expect, test } from "vitest";
import { CHECK_STEPS, type CheckStep } from "../../../src/core/check/check-step.js";
import { StepBoard } from "../../../src/core/check/step-board.js";

function board() {
  const time = { ms: 0 };
  const told: CheckStep[] = [];
  return { time, told, board: new StepBoard({ nowMs: () => time.ms, changed: (step) => told.push(step) }) };
}

test("all steps wait at first, in order", () => {
  expect(board().board.steps.map(({ name, state }) => [name, state])).toEqual(
    CHECK_STEPS.map((name) => [name, "waiting"]),
  );
});

test("a step that has begun runs, and takes its time until it ends", () => {
  const { board: steps, time, told } = board();
  time.ms = 100;
  steps.begin("stun");
  time.ms = 142.4;
  steps.end("stun", { state: "passed", detail: "seen" });
  expect(told.map(({ state }) => state)).toEqual(["running", "passed"]);
  expect(steps.steps[2]).toEqual({ name: "stun", title: "STUN", state: "passed", detail: "seen", ms: 42 });
});

test("a step that is skipped takes no time", () => {
  const { board: steps } = board();
  steps.end("turns", { state: "skipped", detail: "none is offered" });
  expect(steps.steps[5]).toEqual({ name: "turns", title: "TURN by TLS", state: "skipped", detail: "none is offered" });
});

test("a revision tells only what is another one now", () => {
  const { board: steps, told } = board();
  const fault = { code: "check/no-answer", message: "", fix: "" };
  steps.begin("stun");
  steps.end("stun", { state: "failed", fault });
  told.splice(0);
  const before = steps.steps;
  steps.revise(before);
  expect(told).toEqual([]);
  const blocked = { ...fault, code: "check/udp-blocked" };
  steps.revise(before.map((step) => (step.state === "failed" ? { ...step, fault: blocked } : step)));
  expect(told).toMatchObject([{ name: "stun", ms: 0, fault: blocked }]);
  expect(steps.steps).toHaveLength(CHECK_STEPS.length);
});
