// Runs the steps of a check one after the other and sums what they passed and failed.
import { paint, say, since } from "./report.cjs";

/**
 * A step is `{ name, run }`; run answers `{ passed, failed, output?, notes? }`. The output of a step that failed is
 * printed in full. Answers the sums.
 */
export async function runSteps(steps) {
  const total = { passed: 0, failed: 0 };
  for (const { name, run } of steps) {
    const startedMs = Date.now();
    say(paint(2, `· ${name} …`));
    const { passed, failed, output = "", notes = [] } = await run();
    total.passed += passed;
    total.failed += failed;
    if (failed > 0) {
      say(output.trimEnd());
    }
    for (const note of notes) {
      say(`  ${note}`);
    }
    const counts = passed + failed > 1 ? `, ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}` : "";
    say(`${failed > 0 ? paint(31, "✗") : paint(32, "✓")} ${name} (${since(startedMs)}${counts})`);
  }
  return total;
}

/** Prints the closing line and answers the exit code: 0 only if something passed and nothing failed. */
export function close({ passed, failed }) {
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
