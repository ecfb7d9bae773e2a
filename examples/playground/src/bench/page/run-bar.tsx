// Starts and stops the run, tells how far it is, saves what came of it.
import { saveRun } from "./bench-export.js";
import { progress, type RunState, run, runState, stop, THOROUGHNESS, thoroughness } from "./bench-run.js";

/** The page's controls. */
export function RunBar() {
  const state = runState.value;
  const { done, of } = progress.value;
  const isRunning = state.kind === "running";
  return (
    <section class="card run-bar" aria-label="Run">
      <button type="button" class="primary" data-testid="run" onClick={isRunning ? stop : run}>
        {isRunning ? "Stop" : done === 0 ? "Run the benchmark" : "Run again"}
      </button>
      <div class="choices" role="radiogroup" aria-labelledby="samples-title">
        <strong id="samples-title">Samples</strong>
        {(Object.keys(THOROUGHNESS) as (keyof typeof THOROUGHNESS)[]).map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name="samples"
              data-testid={`samples-${choice}`}
              disabled={isRunning}
              checked={thoroughness.value === choice}
              onChange={() => {
                thoroughness.value = choice;
              }}
            />
            {choice} <span class="quiet">{describeChoice(choice)}</span>
          </label>
        ))}
      </div>
      <button type="button" data-testid="save" disabled={done === 0 || isRunning} onClick={saveRun}>
        Save as JSON
      </button>
      <div class="run-state">
        <progress value={done} max={of} aria-label="Cases done" />
        <p role="status" data-testid="run-state" data-state={state.kind}>
          {describe(state, done, of)}
        </p>
      </div>
    </section>
  );
}

function describeChoice(choice: keyof typeof THOROUGHNESS): string {
  const { sampleMs, rounds } = THOROUGHNESS[choice];
  return `${rounds} of ${sampleMs} ms each`;
}

function describe(state: RunState, done: number, of: number): string {
  switch (state.kind) {
    case "idle":
      return `${of} cases. Close what else is busy, then run.`;
    case "running":
      return `Case ${done + 1} of ${of}: ${state.id}`;
    case "finished":
      return `Done: ${of} cases.`;
    case "stopped":
      return `Stopped after ${done} of ${of} cases.`;
    case "failed":
      return `It broke${state.id === "" ? "" : ` in "${state.id}"`}: ${state.reason}`;
    default:
      return state satisfies never;
  }
}
