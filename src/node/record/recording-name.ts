// How the file of a recording is called. A peer's name comes from outside: nothing of it leads out of the folder.

/** The longest part of a name that is kept. */
const MAX_PEER_LENGTH = 64;

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
  const suffix = segment === 0 ? "" : `-${String(segment).padStart(4, "0")}`;
  return `${safePart(peer)}-${Math.floor(startedMs)}${suffix}.${extension}`;
}

/** Letters, digits, `_` and `-`; everything else becomes `_`, a run of them one. */
function safePart(peer: string): string {
  const safe = peer
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}_-]+/gu, "_")
    .slice(0, MAX_PEER_LENGTH);
  return safe.replaceAll("_", "") === "" ? "peer" : safe;
}
