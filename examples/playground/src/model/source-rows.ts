// What the page says about the source behind the picture.
import type { PlayerWords, SourceFacts } from "floe/player";

/** The source as a person reads it. */
export type SourceWords = {
  readonly state: SourceFacts["state"];
  readonly name: string;
  readonly title: string;
  /** Why it is so; "" when there is nothing to say. */
  readonly detail: string;
  /** Whether the picture is handed on untouched; "" when the server does not tell. */
  readonly passthrough: string;
};

/**
 * Why the only picture there is will not come when it is asked for; undefined when it may. `sources` are those of all peers that
 * can be watched, undefined for one that tells nothing. Asking again may help.
 */
export function sourceTrouble(sources: readonly (SourceFacts | undefined)[]): PlayerWords | undefined {
  const [first] = sources;
  if (first === undefined || !sources.every((source) => source?.state === "error")) {
    return undefined;
  }
  return { title: "Nothing to watch because the source is unavailable.", detail: first.words };
}

/** A source in words. */
export function describeSource({ name, state, words, passthrough }: SourceFacts): SourceWords {
  return {
    state,
    name,
    title: titleOf(state),
    detail: words,
    passthrough: passthrough.replace(/^passthrough:\s*/i, ""),
  };
}

function titleOf(state: SourceFacts["state"]): string {
  switch (state) {
    case "idle":
      return "Closed while nobody watches";
    case "open":
      return "Open";
    case "reconnecting":
      return "Camera reconnecting…";
    case "error":
      return "Unavailable";
    default:
      return state satisfies never;
  }
}
