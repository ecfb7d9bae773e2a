// The source behind the picture: what it is, how it is, and whether it is handed on untouched.
import { peers } from "../model/server-link.js";
import { describeSource } from "../model/source-rows.js";
import { sourceOf } from "../model/sources.js";
import { watchedPeer } from "../model/watching.js";

/** Nothing when no peer tells of a source. */
export function Source() {
  const facts = sourceOf(peers.value, watchedPeer.value);
  if (facts === undefined) {
    return null;
  }
  const { state, name, title, detail, passthrough } = describeSource(facts);
  return (
    <section class="card" aria-labelledby="source-title" data-testid="source">
      <h2 id="source-title">Source</h2>
      {name !== "" && (
        <p class="name" data-testid="source-name">
          {name}
        </p>
      )}
      <p class="health" role="status" data-testid="source-state" data-state={state}>
        <span class="dot" aria-hidden="true" />
        <span>{title}</span>
      </p>
      {detail !== "" && (
        <p class="quiet" data-testid="source-words">
          {detail}
        </p>
      )}
      {passthrough !== "" && (
        <p class="quiet">
          Pass-through: <span data-testid="source-passthrough">{passthrough}</span>
        </p>
      )}
    </section>
  );
}
