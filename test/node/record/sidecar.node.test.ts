// What a recorder remembers of a recording between two runs.
import { expect, test } from "vitest";
import type { RecordingFacts } from "../../../src/node/record/recording-info.js";
import { recordingId, segmentFileName } from "../../../src/node/record/recording-name.js";
import { MAX_FILES } from "../../../src/node/record/segment-files.js";
import { readSidecar, writeSidecar } from "../../../src/node/record/sidecar.js";
import { temporaryFolder } from "../av/rig.js";

test("a recording of as many files as there may be, under the longest name, is known again", async () => {
  const folder = temporaryFolder();
  const id = recordingId({ peer: "\u4e00".repeat(80), startedMs: 1_764_331_200_000 });
  const facts: RecordingFacts = {
    id,
    peer: "\u4e00".repeat(80),
    state: "recording",
    isInterrupted: false,
    startedAt: new Date(1_764_331_200_000).toISOString(),
    durationMs: 1,
    format: "webm",
    isAudioOnly: false,
    segments: Array.from({ length: MAX_FILES }, (_, at) => ({
      fileName: segmentFileName(id, at, "webm"),
      bytes: 1_000_000_000,
    })),
    gaps: [],
    gapCount: 0,
  };
  writeSidecar(folder, facts);
  expect(await readSidecar(folder, id)).toEqual(facts);
});
