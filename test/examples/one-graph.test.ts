// One graph, two homes: this file runs in Node and in Chromium, and the committed outcomes are the same for both.
import { expect, test } from "vitest";
import { type Outcome, type Recording, run } from "../../examples/one-graph.js";
import expectations from "../../examples/recordings/expected.json";
import h264Opus from "../../examples/recordings/h264-opus.json";
import lossy from "../../examples/recordings/lossy.json";
import opus from "../../examples/recordings/opus.json";
import resize from "../../examples/recordings/resize.json";
import slices from "../../examples/recordings/slices.json";

const recordings: readonly Recording[] = [h264Opus, lossy, slices, resize, opus];
const expectedOf = expectations as Readonly<Record<string, Outcome>>;

test("there is an outcome for each recording", () => {
  expect(Object.keys(expectedOf)).toEqual(recordings.map(({ name }) => name));
});

test.each(recordings)("$name gives the committed packets, media and events", async (recording) => {
  expect(await run(recording)).toEqual(expectedOf[recording.name]);
});

test("the recordings are what they say: slices, sizes, sound, no loss and much loss", () => {
  const events = (name: string): string => expectedOf[name].events.join("\n");
  expect(events("h264-opus")).toMatch(/ 0 lost, .* 130 frames arrived/);
  for (const what of [
    /dropped: incomplete/,
    /key frame is needed/,
    /sound are missing/,
    /[1-9] lost, [1-9] held up, [1-9] copied/,
  ]) {
    expect(events("lossy")).toMatch(what);
  }
  expect(events("resize").match(/pictures of \d+x\d+/g)).toEqual([
    "pictures of 320x180",
    "pictures of 192x108",
    "pictures of 320x180",
  ]);
  expect(opus.units.every(({ kind }) => kind === "audio")).toBe(true);
  // Four slices in each picture: as many NAL units of types 1 and 5.
  for (const { data } of slices.units) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const isSliceAt = (i: number): boolean =>
      bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1 && [1, 5].includes(bytes[i + 3] & 31);
    expect([...bytes.keys()].filter(isSliceAt)).toHaveLength(4);
  }
});
