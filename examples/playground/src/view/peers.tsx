// Who is there, each with a button to watch or to hang up.
import { describeOthers, nothingToWatch, type PeerRow, peerRows } from "../model/peer-rows.js";
import { hasToken, linkState, linkTrouble, peers } from "../model/server-link.js";
import { hangup, isWatching, playerState, watch, watchedPeer } from "../model/watching.js";

/** The list of peers. */
export function Peers() {
  const watched = isWatching(playerState.value) ? watchedPeer.value : "";
  const rows = peerRows(peers.value, watched);
  const others = describeOthers(peers.value);
  const scene = { link: linkState.value, trouble: linkTrouble.value, hasToken: hasToken.value, peers: peers.value };
  return (
    <section class="card" aria-labelledby="peers-title">
      <h2 id="peers-title">Peers</h2>
      <ul class="peers" data-testid="peers">
        {rows.map((row) => (
          <Peer key={row.address} row={row} />
        ))}
      </ul>
      <p class="quiet" role="status" data-testid="nothing">
        {rows.length === 0 ? nothingToWatch(scene) : ""}
      </p>
      {others !== "" && <p class="quiet">{others}</p>}
    </section>
  );
}

/** One element is both buttons, so that the keyboard's focus stays where it is. */
function Peer({ row }: { readonly row: PeerRow }) {
  const { address, name, description, isWatched } = row;
  return (
    <li data-testid="peer" data-peer={name} data-address={address}>
      <span class="who">
        <span class="name">{name}</span>
        <span class="what">{description}</span>
      </span>
      <button
        type="button"
        class={isWatched ? "" : "primary"}
        data-testid={isWatched ? "hangup" : "watch"}
        aria-label={isWatched ? `Hang up on ${name}` : `Watch ${name}`}
        onClick={() => (isWatched ? hangup() : watch(address))}
      >
        {isWatched ? "Hang up" : "Watch"}
      </button>
    </li>
  );
}
