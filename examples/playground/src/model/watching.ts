// What is watched: the player's state and numbers, and what a viewer can do.
import { signal } from "@preact/signals";
import type { FloePlayer, PlayerState, PlayerStats } from "floe/player";
import { addSample, type BitrateSample } from "./bitrate-strip.js";
import { actionOfKey, type KeyPress } from "./keys.js";
import { totalBitrateBps } from "./number-rows.js";

/** What the player is doing. */
export const playerState = signal<PlayerState>({ kind: "idle" });
/** The player's latest numbers; undefined while nothing is playing. */
export const playerStats = signal<PlayerStats | undefined>(undefined);
/** The address of the peer that was asked for; "" when none is. */
export const watchedPeer = signal("");
/** The bitrate of the last thirty seconds. */
export const bitrateSamples = signal<readonly BitrateSample[]>([]);
/** What the last key or button has done, or why it could not; "" for nothing to say. */
export const notice = signal("");

/** The screen was given back this short a time ago: an Esc that arrives now was meant for that. */
const ESCAPE_MS = 300;
let player: FloePlayer | undefined;
/** The key F was pressed, and the change that it makes has not been told. */
let isByKey = false;
let leftFullscreenMs = Number.NEGATIVE_INFINITY;

/** Takes the page's player, once. */
export function adoptPlayer(element: FloePlayer | null): void {
  if (element === null || element === player) {
    return;
  }
  player = element;
  element.addEventListener("statechange", ({ detail }) => {
    playerState.value = detail;
    watchedPeer.value = "peer" in detail ? detail.peer : isWatching(detail) ? element.peer : "";
    notice.value = "";
    if (detail.kind !== "playing") {
      playerStats.value = undefined;
    }
    if (detail.kind === "idle") {
      bitrateSamples.value = [];
    }
  });
  element.addEventListener("statssample", ({ detail }) => {
    playerStats.value = detail;
    bitrateSamples.value = addSample(bitrateSamples.value, {
      atMs: performance.now(),
      bps: totalBitrateBps(detail) ?? 0,
    });
  });
  element.addEventListener("snapshot", ({ detail }) => {
    notice.value = `Saved ${detail.name}.`;
  });
  element.addEventListener("error", ({ error }) => {
    // A failure to watch has its place in the state.
    if (element.state.kind !== "failed") {
      notice.value = wordsOf(error);
    }
  });
  element.addEventListener("fullscreenchange", () => {
    const isByEscape = document.fullscreenElement === null && !isByKey;
    leftFullscreenMs = isByEscape ? performance.now() : Number.NEGATIVE_INFINITY;
    isByKey = false;
  });
}

/** Watches a peer instead of whatever is watched. Call it inside the click, so that sound may play. */
export function watch(address: string): void {
  if (player !== undefined) {
    player.peer = address;
    player.watch();
  }
}

/** Hangs up. */
export function hangup(): void {
  player?.hangup();
}

/** Does what a key asks for; the browser does with it what it likes when that is nothing. */
export function press(event: KeyPress & Pick<KeyboardEvent, "preventDefault">): void {
  const action = actionOfKey(event);
  if (action === undefined || player === undefined || !isWatching(player.state)) {
    return;
  }
  if (action === "hangup") {
    const wasForScreen = performance.now() - leftFullscreenMs < ESCAPE_MS;
    if (document.fullscreenElement === null && !wasForScreen) {
      hangup();
    }
    return;
  }
  event.preventDefault();
  if (action === "sound") {
    player.muted = !(player.muted || player.isSoundBlocked);
    notice.value = player.muted ? "Sound off." : "Sound on.";
  } else {
    void attempt(action === "snapshot" ? player.saveSnapshot() : toggleFullscreen(player));
  }
}

/** Whether a picture is there or on its way. */
export function isWatching({ kind }: PlayerState): boolean {
  return kind === "connecting" || kind === "waiting" || kind === "starting" || kind === "playing";
}

async function toggleFullscreen(element: FloePlayer): Promise<void> {
  isByKey = true;
  try {
    await element.toggleFullscreen();
  } catch (error) {
    isByKey = false;
    throw error;
  }
}

async function attempt(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    notice.value = wordsOf(error);
  }
}

function wordsOf(error: unknown): string {
  const { message, fix = "" } = error as { readonly message: string; readonly fix?: string };
  return `${message}. ${fix}`.trim();
}
