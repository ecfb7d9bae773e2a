// The connection test of this page: one at a time, from its start to a report that can be copied.
import { signal } from "@preact/signals";
import { type CheckStep, type ConnectionReport, checkConnection } from "floe/browser";
import { reportText } from "./check-rows.js";
import { serverUrl, tokenInUse } from "./server-link.js";

/** Where the test stands. */
export type TestState =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly steps: readonly CheckStep[] }
  | { readonly kind: "done"; readonly report: ConnectionReport };

/** Where the test stands. */
export const testState = signal<TestState>({ kind: "idle" });
/** What became of the report that was copied; "" for nothing to say. */
export const copyNotice = signal("");

let stop = new AbortController();

/** Tests anew. */
export async function startTest(): Promise<void> {
  stop.abort();
  const mine = new AbortController();
  stop = mine;
  copyNotice.value = "";
  testState.value = { kind: "running", steps: [] };
  try {
    const report = await checkConnection({
      url: serverUrl(),
      token: tokenInUse(),
      signal: mine.signal,
      onStep: (_, steps) => {
        if (!mine.signal.aborted) {
          testState.value = { kind: "running", steps };
        }
      },
    });
    testState.value = { kind: "done", report };
  } catch (error) {
    if (!mine.signal.aborted) {
      throw error;
    }
  }
}

/** Ends the test that runs. */
export function stopTest(): void {
  stop.abort();
  testState.value = { kind: "idle" };
}

/** Copies the report. */
export async function copyReport(): Promise<void> {
  const state = testState.value;
  if (state.kind === "done") {
    const isCopied = await copyText(reportText(state.report));
    copyNotice.value = isCopied
      ? "Copied."
      : "This browser does not let the page copy. Select the lines above instead.";
  }
}

/** Pages without TLS have no clipboard but the old one. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const field = Object.assign(document.createElement("textarea"), { value: text });
    field.style.cssText = "position: fixed; inset: 0 auto auto 0; opacity: 0";
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) {
      before.focus();
    }
    return isCopied;
  }
}
