// The file beside a recording's files, `<id>.json`: what is remembered of it when the server begins again.

import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { RECORDING_FORMATS } from "./container.js";
import type { RecordingFacts } from "./recording-info.js";
import { segmentOf } from "./recording-name.js";

/** Names what wrote the file, so that no stranger's JSON is taken for ours. */
const MARK = "floe-recording/1";
/** Larger ones are not ours: facts are a few kilobytes, and at most 400 bytes for each of `MAX_FILES` files. */
const MAX_BYTES = 4 * 1024 * 1024;

const count = v.pipe(v.number(), v.minValue(0));

const factsSchema: v.GenericSchema<unknown, RecordingFacts & { readonly kind: typeof MARK }> = v.object({
  kind: v.literal(MARK),
  id: v.string(),
  peer: v.string(),
  state: v.picklist(["waiting", "recording", "paused", "finished", "failed"]),
  isInterrupted: v.boolean(),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  endedAt: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  durationMs: count,
  format: v.picklist(RECORDING_FORMATS),
  isAudioOnly: v.boolean(),
  segments: v.array(v.object({ fileName: v.string(), bytes: count })),
  video: v.exactOptional(v.object({ codec: v.string(), width: count, height: count, frames: count })),
  audio: v.exactOptional(v.object({ codec: v.string(), packets: count })),
  gaps: v.array(v.object({ atMs: count, durationMs: count })),
  gapCount: count,
  skippedPictures: v.exactOptional(count),
  droppedPictures: v.exactOptional(count),
  droppedSounds: v.exactOptional(count),
  error: v.exactOptional(v.object({ code: v.string(), message: v.string() })),
});

/** Where the facts of a recording are. */
export function sidecarPath(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

/** Where they are while they are written; what a killed process leaves of that is nobody's. */
export function draftPath(folder: string, id: string): string {
  return `${sidecarPath(folder, id)}.tmp`;
}

/** Writes the facts: whoever reads sees all of the old ones or all of the new ones. Throws what the file system does. */
export function writeSidecar(folder: string, facts: RecordingFacts): void {
  const path = sidecarPath(folder, facts.id);
  const draft = draftPath(folder, facts.id);
  try {
    writeFileSync(draft, `${JSON.stringify({ kind: MARK, ...facts }, null, 2)}\n`);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Reads the facts of `<id>.json`; undefined when the file is a stranger's, or says what no recorder of ours would. */
export async function readSidecar(folder: string, id: string): Promise<RecordingFacts | undefined> {
  const path = sidecarPath(folder, id);
  try {
    const { size } = await stat(path);
    const parsed = size > MAX_BYTES ? undefined : v.safeParse(factsSchema, JSON.parse(await readFile(path, "utf8")));
    if (parsed?.success !== true) {
      return undefined;
    }
    const { kind: _, ...facts } = parsed.output;
    // Its files are served and deleted: nothing that is called otherwise.
    const isOurs = facts.id === id && facts.segments.every(({ fileName }) => segmentOf(id, fileName) !== undefined);
    return isOurs ? facts : undefined;
  } catch {
    return undefined;
  }
}
