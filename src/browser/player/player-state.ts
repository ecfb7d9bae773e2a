// What a player is doing, as one union, and the words a person reads for it.
import type { FloeError } from "../../core/error/floe-error.js";
import type { SourceFacts } from "./source-facts.js";

/** What a player is doing. `peer` is the `user|id` of the peer that is watched. */
export type PlayerState =
  /** Nothing was asked for yet, or the viewer hung up. */
  | { readonly kind: "idle" }
  /** Reaching the server. `problem` says why the last attempt failed, "" at the first; attempts go on by themselves. */
  | { readonly kind: "connecting"; readonly problem: string }
  /** Connected; the wanted peer (as it was asked for, "" = any that can be watched) is not there yet. */
  | { readonly kind: "waiting"; readonly wanted: string }
  /** The call is under way; `step` is what is awaited. */
  | { readonly kind: "starting"; readonly peer: string; readonly step: StartStep }
  /** Media is on the screen. `isInterrupted`: the path is broken and may still come back. */
  | { readonly kind: "playing"; readonly peer: string; readonly isInterrupted: boolean }
  /** The other side ended it. Plays again by itself when the peer or the server comes back. */
  | { readonly kind: "ended"; readonly peer: string; readonly reason: string }
  /** It cannot go on without somebody doing something: `error.fix` says what. */
  | { readonly kind: "failed"; readonly error: FloeError };

/** What a starting player awaits: the peer's yes, a path to it, the first picture. */
export type StartStep = "answer" | "path" | "picture";

/** A state in words: a short title, and a sentence or two ("" when the title says it all). */
export type PlayerWords = { readonly title: string; readonly detail: string };

/** How a server begins its reason when it hangs up because its source does not work. */
const SOURCE_END = /\bsource unavailable:\s*/;

/** Whether a call ended because of the source behind the picture. */
export function isSourceEnd(reason: string): boolean {
  return SOURCE_END.test(reason);
}

/** Whether a picture that is on, or on its way, stands still because its source was lost and is tried again. */
export function isSourceLost(state: PlayerState, source: SourceFacts | undefined): boolean {
  const isShown = state.kind === "playing" || (state.kind === "starting" && state.step === "picture");
  return isShown && source?.state === "reconnecting";
}

/** The words a person reads for a state; `source` is what the peer tells of its source, if it does. */
export function describePlayerState(state: PlayerState, source?: SourceFacts): PlayerWords {
  if (source !== undefined && isSourceLost(state, source)) {
    const detail = `${sentence(source.words)} The picture comes back by itself.`;
    return { title: "Camera reconnecting…", detail: detail.trim() };
  }
  switch (state.kind) {
    case "idle":
      return { title: "Nothing playing", detail: "" };
    case "connecting":
      return state.problem === ""
        ? { title: "Connecting to the server…", detail: "" }
        : { title: "Trying to reach the server…", detail: sentence(state.problem) };
    case "waiting":
      return {
        title: state.wanted === "" ? "Waiting for something to watch…" : `Waiting for ${peerName(state.wanted)}…`,
        detail: "The picture starts by itself as soon as the peer is there.",
      };
    case "starting":
      return { title: "Starting the picture…", detail: describeStep(state.step, peerName(state.peer)) };
    case "playing":
      return state.isInterrupted
        ? { title: "The connection is interrupted…", detail: "The picture goes on when the network is back." }
        : { title: "Playing", detail: "" };
    case "ended":
      if (isSourceEnd(state.reason)) {
        return { title: "The source is unavailable", detail: sentence(state.reason.split(SOURCE_END)[1]) };
      }
      return { title: "The stream has ended", detail: sentence(state.reason) };
    case "failed":
      return { title: sentence(state.error.message), detail: state.error.fix };
    default:
      return state satisfies never;
  }
}

/** The part of an address that a person knows: `floe` of `floe|floe-server`. */
export function peerName(address: string): string {
  const bar = address.indexOf("|");
  return bar > 0 ? address.slice(0, bar) : address.slice(bar + 1);
}

function describeStep(step: StartStep, name: string): string {
  switch (step) {
    case "answer":
      return `Calling ${name}.`;
    case "path":
      return `Looking for a path to ${name}.`;
    case "picture":
      return "Connected; the first picture is on its way.";
    default:
      return step satisfies never;
  }
}

/** Text as a sentence: a capital at the start, a full stop at the end. Empty stays empty, a code keeps its letters. */
function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") {
    return "";
  }
  const first = /^[a-z]+\/[a-z-]+:/.test(trimmed) ? trimmed[0] : trimmed[0].toUpperCase();
  return `${first}${trimmed.slice(1)}${/[.!?…]$/.test(trimmed) ? "" : "."}`;
}
