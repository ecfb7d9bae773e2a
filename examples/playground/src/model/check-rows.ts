// The steps of a connection test as a person reads them, and as they are copied into a report.
import type { CheckStep, ConnectionReport } from "floe/browser";

/** One step in the list. */
export type CheckRow = {
  readonly name: string;
  readonly title: string;
  readonly state: CheckStep["state"];
  /** How it went, in a word or in milliseconds. */
  readonly result: string;
  /** What was found, what is wrong, or why it was not tried; "" for nothing to say. */
  readonly words: string;
  /** What to do about it, or "". */
  readonly fix: string;
};

/** A step in words. */
export function checkRow(step: CheckStep): CheckRow {
  const { name, title, state } = step;
  const row = { name, title, state, words: "", fix: "" };
  switch (step.state) {
    case "waiting":
      return { ...row, result: "" };
    case "running":
      return { ...row, result: "…" };
    case "passed":
      return { ...row, result: `${step.ms} ms`, words: sentence(step.detail) };
    case "skipped":
      return { ...row, result: "skipped", words: sentence(step.detail) };
    case "failed":
      return { ...row, result: "failed", words: sentence(step.fault.message), fix: step.fault.fix };
    default:
      return step satisfies never;
  }
}

/** What goes on, as a line. */
export function progressWords(steps: readonly CheckStep[]): string {
  const running = steps.filter(({ state }) => state === "running").map(({ title }) => title);
  return running.length === 0 ? "Testing…" : `Testing: ${running.join(", ")}…`;
}

/** A report as text to paste: the verdict for people, and everything for programs. */
export function reportText(report: ConnectionReport): string {
  return `${report.summary}\n\n${JSON.stringify(report, null, 2)}\n`;
}

function sentence(text: string): string {
  return text === "" ? "" : `${text[0].toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? "" : "."}`;
}
