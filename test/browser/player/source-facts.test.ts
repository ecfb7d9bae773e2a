import { expect, test } from "vitest";
import { sourceFacts } from "../../../src/browser/player/source-facts.js";

test("presence that tells of a source is read, with the pass-through as words or as an object", () => {
  const source = { name: "cam", state: "open", words: "", passthrough: "passthrough: yes" };
  expect(sourceFacts({ source })).toEqual(source);
  const words = "passthrough: no, because the stream has B-frames";
  const passthrough = { video: false, audio: true, words };
  expect(sourceFacts({ source: { ...source, passthrough } })).toEqual({ ...source, passthrough: words });
});

test("what is missing is empty", () => {
  expect(sourceFacts({ source: { state: "idle", name: 7, words: null } })).toEqual({
    name: "",
    state: "idle",
    words: "",
    passthrough: "",
  });
});

test.each([undefined, null, "open", [], {}, { state: "broken" }])("%j tells nothing", (source) => {
  expect(sourceFacts({ source })).toBeUndefined();
});
