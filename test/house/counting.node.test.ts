// What `npm test` counts: nothing that did not run may look like a pass.
import { describe, expect, test } from "vitest";
import { countReport } from "../../.ci/lib/vitest.mjs";

/** A report of vitest's JSON reporter, as far as it is read. */
function report(...files: { status: string; message?: string; tests: string[] }[]) {
  const tests = files.flatMap((file) => file.tests);
  return {
    numPassedTests: tests.filter((status) => status === "passed").length,
    numFailedTests: tests.filter((status) => status === "failed").length,
    testResults: files.map(({ status, message = "", tests: statuses }) => ({
      name: "x.test.ts",
      status,
      message,
      assertionResults: statuses.map((each) => ({ status: each, fullName: "a test" })),
    })),
  };
}

describe("countReport", () => {
  test("counts what passed and what failed", () => {
    const files = report({ status: "failed", tests: ["passed", "passed", "failed"] });
    expect(countReport(files, 1)).toEqual({ passed: 2, failed: 1, notes: [] });
  });

  test("a skipped or todo test is a failure", () => {
    const counted = countReport(report({ status: "passed", tests: ["passed", "skipped", "todo"] }), 0);
    expect(counted).toMatchObject({ passed: 1, failed: 2 });
    expect(counted.notes[0]).toContain('"a test" was skipped');
  });

  test("a file that does not load is a failure", () => {
    const counted = countReport(report({ status: "failed", message: "cannot find y.js", tests: [] }), 1);
    expect(counted).toEqual({ passed: 0, failed: 1, notes: ["x.test.ts: cannot find y.js"] });
  });

  test("no test at all is a failure", () => {
    expect(countReport(report(), 0)).toEqual({ passed: 0, failed: 1, notes: ["no test ran"] });
  });

  test("an error outside every test is a failure", () => {
    expect(countReport(report({ status: "passed", tests: ["passed"] }), 1)).toMatchObject({ passed: 1, failed: 1 });
  });
});
