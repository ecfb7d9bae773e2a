// Runs vitest projects and counts what they did. A file that could not be loaded, an error outside any test, a skipped
// test and an empty run are failures: a green line must mean that the tests ran.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runChild } from "./children.mjs";

/** Counts of one JSON report of vitest, with a line for each thing that failed without being a failed test. */
export function countReport(report, status) {
  const notes = [];
  const passed = report.numPassedTests;
  let failed = report.numFailedTests;
  for (const file of report.testResults) {
    if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) {
      failed += 1;
      notes.push(`${file.name}: ${file.message || "the file failed outside its tests"}`);
    }
    for (const test of file.assertionResults.filter((each) => !["passed", "failed"].includes(each.status))) {
      failed += 1;
      notes.push(`${file.name}: "${test.fullName}" was ${test.status}; nothing may be left out`);
    }
  }
  if (passed + failed === 0) {
    failed += 1;
    notes.push("no test ran");
  }
  if (status !== 0 && failed === 0) {
    failed += 1;
    notes.push(`every test passed, but vitest ended with ${status ?? "a signal"}: see the errors above`);
  }
  return { passed, failed, notes };
}

/** Runs the named projects of vitest.config.ts. Answers `{ passed, failed, output, notes }`. */
export async function runVitest(root, projects, { capture = false, deadlineMs, filters = [] }) {
  const folder = mkdtempSync(join(tmpdir(), "floe-vitest-"));
  const reportFile = join(folder, "report.json");
  try {
    const { status, output, isTimeout } = await runChild(
      process.execPath,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        ...projects.flatMap((name) => ["--project", name]),
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${reportFile}`,
        ...filters,
      ],
      { cwd: root, capture, deadlineMs },
    );
    if (isTimeout) {
      return {
        passed: 0,
        failed: 1,
        output,
        notes: [`${projects.join(", ")}: not done after ${deadlineMs / 1000} s, ended`],
      };
    }
    if (!existsSync(reportFile)) {
      return { passed: 0, failed: 1, output, notes: [`${projects.join(", ")}: vitest wrote no report (no test ran)`] };
    }
    return { ...countReport(JSON.parse(readFileSync(reportFile, "utf8")), status), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
