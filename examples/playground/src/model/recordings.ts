// The server's recordings: asked for as often as they may change, and what can be done with one.
import { computed, effect, signal } from "@preact/signals";
import { ApiFault } from "./api-fault.js";
import { parseRecording, parseRecordings, type RecordingInfo } from "./recording-info.js";
import { askApi, mediaUrl } from "./server-api.js";
import { linkState, tokenInUse } from "./server-link.js";

/** While something is about to change, while something is written, and otherwise. */
const AWAITED_MS = 700;
const LIVE_MS = 2000;
const QUIET_MS = 10_000;

/** What the server keeps; undefined until it has told. */
export const recordings = signal<readonly RecordingInfo[] | undefined>(undefined);
/** Why the list is not there, or not fresh; "" while it is. */
export const listTrouble = signal("");
/** What the last action did, or why it did not; "" for nothing to say. */
export const listNotice = signal("");
/** The recording that plays in the page; "" for none. */
export const playedId = signal("");
/** The recording that somebody wants to delete, before it is; "" for none. */
export const doomedId = signal("");
/** What an action is being done to. */
export const busyId = signal("");

/** When the list was told, on the clock of `performance.now`. */
export const toldAtMs = signal(0);
/** Somebody waits for a change. */
export const isAwaiting = signal(false);

const everyMs = computed(() => {
  const hasLive = recordings.value?.some(({ isLive }) => isLive) ?? false;
  return isAwaiting.value ? AWAITED_MS : hasLive ? LIVE_MS : QUIET_MS;
});
let asked = 0;
let answered = 0;

/** Keeps the list fresh while there is a connection and somebody looks. Answers how to stop. */
export function followRecordings(): () => void {
  return effect(() => {
    if (linkState.value.kind !== "online") {
      return undefined;
    }
    const look = (): void => {
      if (document.visibilityState === "visible") {
        void refreshRecordings();
      }
    };
    look();
    const timer = setInterval(look, everyMs.value);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  });
}

/** Asks for the list now. Never rejects: trouble is told. */
export async function refreshRecordings(): Promise<void> {
  const mine = ++asked;
  try {
    const told = parseRecordings(await askApi("recordings", { token: tokenInUse() }));
    // One that a later answer has overtaken is old.
    if (mine > answered) {
      answered = mine;
      recordings.value = told;
      toldAtMs.value = performance.now();
      listTrouble.value = "";
    }
  } catch (error) {
    if (mine > answered) {
      answered = mine;
      listTrouble.value = wordsOf(error);
    }
  }
}

/** Pauses or resumes what is being written. */
export async function setPaused(id: string, isPaused: boolean): Promise<void> {
  await act(id, `${path(id)}/${isPaused ? "pause" : "resume"}`, "POST");
}

/** Ends what is being written. */
export async function stopRecording(id: string): Promise<void> {
  await act(id, `${path(id)}/stop`, "POST");
}

/** Deletes a recording for good. */
export async function deleteRecording({ id, fileName }: RecordingInfo): Promise<void> {
  playedId.value = playedId.value === id ? "" : playedId.value;
  if (await act(id, path(id), "DELETE")) {
    listNotice.value = `Deleted ${fileName || id}.`;
  }
}

/** Why the server does not give a recording; "" when it does. */
export async function whyNotThere(id: string): Promise<string> {
  try {
    await askApi(path(id), { token: tokenInUse() });
    return "";
  } catch (error) {
    return wordsOf(error);
  }
}

/** Saves a file of a recording. By a link that lasts for the click: it carries the token, and should not be looked at or copied. */
export function downloadRecording({ id, fileName, segments }: RecordingInfo, segment = 0): void {
  const link = document.createElement("a");
  link.href = fileUrl(id, { segment, isDownload: true });
  link.download = segments[segment]?.fileName ?? fileName;
  link.click();
}

/** Where the bytes of a recording are, with the token. Segments count from 0. */
export function fileUrl(id: string, { segment = 0, isDownload = false } = {}): string {
  const token = tokenInUse();
  return mediaUrl(`${path(id)}/file`, {
    ...(token === "" ? {} : { token }),
    ...(segment === 0 ? {} : { segment: `${segment}` }),
    ...(isDownload ? { download: "1" } : {}),
  });
}

function path(id: string): string {
  return `recordings/${encodeURIComponent(id)}`;
}

/** Tells whether it was done. The list is asked for anew in any case: a refusal means that it was old. */
async function act(id: string, where: string, method: "POST" | "DELETE"): Promise<boolean> {
  busyId.value = id;
  listNotice.value = "";
  try {
    const told = parseRecording(await askApi(where, { method, token: tokenInUse() }));
    if (told !== undefined) {
      recordings.value = recordings.value?.map((info) => (info.id === id ? told : info));
    }
    return true;
  } catch (error) {
    listNotice.value = wordsOf(error);
    return false;
  } finally {
    busyId.value = "";
    await refreshRecordings();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof ApiFault ? error.message : `The page could not do that (${String(error)}).`;
}
