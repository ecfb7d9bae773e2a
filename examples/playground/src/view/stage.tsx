// The picture, and under it what it is doing.
import { describePlayerState, type FloePlayer, type PlayerState, type PlayerWords } from "floe/player";
import { h } from "preact";
import { nothingToWatch } from "../model/peer-rows.js";
import { client, linkState, peers } from "../model/server-link.js";
import { adoptPlayer, isWatching, playerState } from "../model/watching.js";

/** The player and its state in words. */
export function Stage() {
  const state = playerState.value;
  const { title, detail } = describeStage(state);
  return (
    <section class="stage" aria-label="Picture">
      <Player />
      {/* The player announces its own states; this line is for the eye. */}
      <p class="state" data-testid="state" data-state={state.kind} data-busy={isWatching(state) ? "" : undefined}>
        <span class="dot" aria-hidden="true" />
        <span>
          <strong>{title}</strong> {detail}
        </span>
      </p>
    </section>
  );
}

/** The element is made by its name: it is a custom one, and its properties are its own. */
function Player() {
  return h("floe-player", {
    id: "player",
    ref: (element: unknown) => adoptPlayer(element as FloePlayer | null),
    client,
    controls: true,
    "data-testid": "player",
  });
}

function describeStage(state: PlayerState): PlayerWords {
  if (state.kind === "connecting") {
    // What is wrong with the connection stands at the top of the page.
    return { ...describePlayerState(state), detail: "" };
  }
  if (state.kind !== "idle") {
    return describePlayerState(state);
  }
  const nothing = nothingToWatch(linkState.value, peers.value);
  return nothing === ""
    ? { title: "Ready.", detail: "Press Watch to see the picture." }
    : { title: nothing, detail: "" };
}
