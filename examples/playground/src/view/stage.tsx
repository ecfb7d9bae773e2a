// The picture, and under it what it is doing.
import {
  describePlayerState,
  type FloePlayer,
  type PlayerState,
  type PlayerWords,
  type SourceFacts,
} from "floe/player";
import { h } from "preact";
import { KEYS } from "../model/keys.js";
import { nothingToWatch } from "../model/peer-rows.js";
import { client, hasToken, linkState, linkTrouble, peers } from "../model/server-link.js";
import { sourceTrouble } from "../model/source-rows.js";
import { sourceOf, sourcesOf } from "../model/sources.js";
import { adoptPlayer, notice, playerState, watchedPeer } from "../model/watching.js";

/** Ends of a call on whose causes the connection test can tell more. */
const MEDIA_FAULTS = new Set(["no-candidates", "no-path", "dtls-failed", "media-silent"].map((code) => `call/${code}`));

/** The player and its state in words. */
export function Stage() {
  const state = playerState.value;
  const source = sourceOf(peers.value, watchedPeer.value);
  const { title, detail } = describeStage(state, source);
  return (
    <section class="stage" aria-label="Picture">
      <Player />
      {/* The player announces its own states; this line is for the eye. */}
      <p class="state" data-testid="state" data-state={state.kind} data-source={source?.state}>
        <span class="dot" aria-hidden="true" />
        <span>
          <strong>{title}</strong> {detail}
        </span>
      </p>
      <p class="notice" role="status" data-testid="notice">
        {notice.value}
      </p>
      <p class="keys" data-testid="keys">
        {KEYS.map(({ key, words }) => (
          <span key={key}>
            <kbd>{key}</kbd> {words}
          </span>
        ))}
      </p>
    </section>
  );
}

/** The element is made by its name: it is a custom one, and its properties are its own. */
function Player() {
  return h("floe-player", {
    id: "player",
    ref: (element: unknown) => adoptPlayer(element as FloePlayer | null),
    client: client.value,
    controls: true,
    "data-testid": "player",
  });
}

function describeStage(state: PlayerState, source: SourceFacts | undefined): PlayerWords {
  if (state.kind === "connecting") {
    // What is wrong with the connection stands at the top of the page.
    return { ...describePlayerState(state), detail: "" };
  }
  if (state.kind === "failed" && MEDIA_FAULTS.has(state.error.code)) {
    const { title, detail } = describePlayerState(state, source);
    return { title, detail: `${detail} Press Test connection to see which way fails.` };
  }
  if (state.kind !== "idle") {
    return describePlayerState(state, source);
  }
  const nothing = nothingToWatch({
    link: linkState.value,
    trouble: linkTrouble.value,
    hasToken: hasToken.value,
    peers: peers.value,
  });
  return nothing === ""
    ? (sourceTrouble(sourcesOf(peers.value)) ?? { title: "Ready.", detail: "Press Watch to see the picture." })
    : { title: nothing, detail: "" };
}
