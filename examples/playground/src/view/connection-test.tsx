// "Test connection": every way from this page to the server, step by step, with what is wrong and what to do about it.
import { type CheckRow, checkRow, progressWords } from "../model/check-rows.js";
import { copyNotice, copyReport, startTest, stopTest, type TestState, testState } from "../model/connection-test.js";
import { pageView } from "../model/page-view.js";

/** The panel. The line that is announced is there from the start; the list is for the eye, and to be read at leisure. */
export function ConnectionTest() {
  const state = testState.value;
  const steps = state.kind === "running" ? state.steps : state.kind === "done" ? state.report.steps : [];
  const isRunning = state.kind === "running";
  return (
    <section class="card" aria-labelledby="check-title" data-testid="check" data-state={state.kind}>
      <h2 id="check-title">Connection</h2>
      <p
        class={state.kind === "done" ? "verdict" : "quiet"}
        role="status"
        data-testid="check-words"
        data-verdict={state.kind === "done" ? state.report.verdict : undefined}
      >
        {describe(state)}
      </p>
      {steps.length > 0 && (
        <ol class="checks" aria-label="Steps of the test" aria-busy={isRunning}>
          {steps.map((step) => (
            <Step key={step.name} row={checkRow(step)} />
          ))}
        </ol>
      )}
      <p class="buttons">
        {/* One element for all three, so that the keyboard's focus stays where it is. */}
        <button type="button" data-testid="check-start" onClick={() => (isRunning ? stopTest() : void startTest())}>
          {isRunning ? "Stop" : state.kind === "done" ? "Test again" : "Test connection"}
        </button>
        {state.kind === "done" && (
          <button type="button" data-testid="check-copy" onClick={() => void copyReport()}>
            Copy report
          </button>
        )}
      </p>
      <p class="quiet" role="status" data-testid="check-notice">
        {copyNotice.value}
      </p>
    </section>
  );
}

function Step({ row }: { readonly row: CheckRow }) {
  const { name, title, state, result, words, fix } = row;
  return (
    <li data-testid={`check-${name}`} data-state={state}>
      <span class="dot" aria-hidden="true" />
      <span class="title">{title}</span>
      <span class="result">{result}</span>
      {words !== "" && <span class="words">{words}</span>}
      {fix !== "" && <span class="words fix">{fix}</span>}
    </li>
  );
}

function describe(state: TestState): string {
  switch (state.kind) {
    case "idle":
      return `No ${pageView.value === "record" ? "connection" : "picture"}, or a bad one? The test tries every way from this page to the server.`;
    case "running":
      return progressWords(state.steps);
    case "done":
      return state.report.summary;
    default:
      return state satisfies never;
  }
}
