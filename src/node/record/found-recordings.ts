// What lies in the folder when a recorder begins: the recordings that the ones before it have left.
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isLiveState, type RecordedSegment, type RecordingFacts } from "./recording-info.js";
import { segmentOf } from "./recording-name.js";
import { draftPath, readSidecar, sidecarPath } from "./sidecar.js";

/** A recording that was found. */
export type FoundRecording = {
  readonly facts: RecordingFacts;
  /** Its process was killed: what is in its files has not been read yet. */
  readonly isUnread: boolean;
};

/** Files that are looked at side by side. */
const AT_ONCE = 32;

/** Looks at every sidecar. Files of strangers are left alone; sidecars whose files are gone go too. */
export async function findRecordings(folder: string): Promise<FoundRecording[]> {
  const names = await readdir(folder);
  const ids = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const found: FoundRecording[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const some = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => findOne(folder, id, names)));
    found.push(...some.filter((one) => one !== undefined));
  }
  return found;
}

async function findOne(folder: string, id: string, names: readonly string[]): Promise<FoundRecording | undefined> {
  const facts = await readSidecar(folder, id);
  if (facts === undefined) {
    return undefined;
  }
  const isUnread = isLiveState(facts.state);
  // A killed process may have begun a segment that it had no time to write down.
  const fileNames = isUnread ? filesOf(id, names) : facts.segments.map(({ fileName }) => fileName);
  const files = (await Promise.all(fileNames.map((name) => sizeOf(folder, name)))).filter((file) => file !== undefined);
  // What cannot be cleared away spoils nothing: the others are still found.
  await rm(draftPath(folder, id), { force: true }).catch(() => {});
  if (files.length === 0 && facts.error === undefined) {
    await rm(sidecarPath(folder, id), { force: true }).catch(() => {});
    return undefined;
  }
  const segments = files.map(({ fileName, bytes }) => ({ fileName, bytes }));
  return isUnread
    ? {
        facts: {
          ...facts,
          segments,
          state: "finished",
          isInterrupted: true,
          endedAt: lastChange(files) ?? facts.startedAt,
        },
        isUnread,
      }
    : { facts: { ...facts, segments }, isUnread };
}

type Sized = RecordedSegment & { readonly changedMs: number };

function filesOf(id: string, names: readonly string[]): string[] {
  return names
    .map((name) => ({ name, segment: segmentOf(id, name) }))
    .filter(({ segment }) => segment !== undefined)
    .sort((one, other) => Number(one.segment) - Number(other.segment))
    .map(({ name }) => name);
}

/** Undefined for what is no file, or has nothing in it. */
async function sizeOf(folder: string, fileName: string): Promise<Sized | undefined> {
  const facts = await stat(join(folder, fileName)).catch(() => undefined);
  return facts?.isFile() === true && facts.size > 0
    ? { fileName, bytes: facts.size, changedMs: facts.mtimeMs }
    : undefined;
}

/** Undefined when there is no file. */
function lastChange(files: readonly Sized[]): string | undefined {
  return files.length === 0 ? undefined : new Date(Math.max(...files.map(({ changedMs }) => changedMs))).toISOString();
}
