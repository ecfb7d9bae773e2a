// The sentences of this room where a page's policy forbids code from text: the same, word for word, over closures.
import { expect, test } from "vitest";
import { allowCode, mayBuildCode } from "../../../src/core/stream/code.js";

allowCode(false);
await import("./backpressure.test.js");
await import("./behaviours.test.js");
await import("./branch.test.js");
await import("./failure.test.js");
await import("./hop/hop.test.js");
await import("./frame-budget.test.js");
await import("./graph-report.test.js");
await import("./ownership.test.js");
await import("./packet-stream.test.js");
await import("./queue.test.js");
await import("./stream-source.test.js");
await import("./stream-state.test.js");
await import("./through.test.js");

test("no code was built from text on the way", () => {
  expect(mayBuildCode()).toBe(false);
});
