// How the file of a recording is called. A peer's name comes from outside: nothing of it leads out of the folder.
import { RECORDING_FORMATS } from "./container.js";

/** The longest part of a name that is kept. */
const MAX_PEER_LENGTH = 64;

/** `<peer>-<epoch ms>`: what all files of a recording are called, without what comes behind. */
export function recordingId({
  peer,
  startedMs,
}: {
  readonly peer: string;
  /** Wall time of the recording's start, milliseconds since 1970. */
  readonly startedMs: number;
}): string {
  return `${safePart(peer)}-${Math.floor(startedMs)}`;
}

/** The file of a segment, from 0; segments behind the first are numbered: `-0001`. */
export function segmentFileName(id: string, segment: number, extension: string): string {
  const suffix = segment === 0 ? "" : `-${String(segment).padStart(4, "0")}`;
  return `${id}${suffix}.${extension}`;
}

/** Which segment a file of that recording is; undefined when it is none of them. */
export function segmentOf(id: string, fileName: string): number | undefined {
  const end = fileName.startsWith(id) ? FILE_END.exec(fileName.slice(id.length)) : null;
  return end === null ? undefined : Number(end[1] ?? 0);
}

const FILE_END = new RegExp(`^(?:-(\\d{4,9}))?\\.(?:${RECORDING_FORMATS.join("|")})$`);

/** `<peer>-<epoch ms>` with an extension; segments behind the first are numbered: `-0001`. */
export function recordingFileName({
  peer,
  startedMs,
  segment,
  extension,
}: {
  readonly peer: string;
  /** Wall time of the recording's start, milliseconds since 1970. */
  readonly startedMs: number;
  /** From 0. */
  readonly segment: number;
  readonly extension: string;
}): string {
  return segmentFileName(recordingId({ peer, startedMs }), segment, extension);
}

/** Letters, digits, `_` and `-`; everything else becomes `_`, a run of them one. */
function safePart(peer: string): string {
  const safe = peer
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}_-]+/gu, "_")
    .slice(0, MAX_PEER_LENGTH)
    // Half a letter beyond the Basic Multilingual Plane: no file system keeps it.
    .replace(/[\uD800-\uDBFF]$/, "");
  return safe.replaceAll("_", "") === "" ? "peer" : safe;
}
