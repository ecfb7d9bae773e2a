// What is watched: the player's state and numbers, and the two verbs.
import { signal } from "@preact/signals";
import type { FloePlayer, PlayerState, PlayerStats } from "floe/player";

/** What the player is doing. */
export const playerState = signal<PlayerState>({ kind: "idle" });
/** The player's latest numbers; undefined while nothing is playing. */
export const playerStats = signal<PlayerStats | undefined>(undefined);
/** The address of the peer that was asked for; "" when none is. */
export const watchedPeer = signal("");

let player: FloePlayer | undefined;

/** Takes the page's player, once. */
export function adoptPlayer(element: FloePlayer | null): void {
  if (element === null || element === player) {
    return;
  }
  player = element;
  element.addEventListener("statechange", ({ detail }) => {
    playerState.value = detail;
    watchedPeer.value = "peer" in detail ? detail.peer : isWatching(detail) ? element.peer : "";
    if (detail.kind !== "playing") {
      playerStats.value = undefined;
    }
  });
  element.addEventListener("statssample", ({ detail }) => {
    playerStats.value = detail;
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

/** Whether a picture is there or on its way. */
export function isWatching({ kind }: PlayerState): boolean {
  return kind === "connecting" || kind === "waiting" || kind === "starting" || kind === "playing";
}
