// Waiting until somebody is online: presence comes a moment after the welcome, and peers come when they like.
import type { RemotePeer } from "../../core/symple/server-frame.js";
import type { SympleRoster } from "../../core/symple/symple-endpoint.js";
import { findPeer, type PeerCapability } from "./find-peer.js";

/** Who is awaited, and for how long. */
export type AwaitPeerOptions = {
  /** As `findPeer` takes it. */
  readonly wanted: string;
  readonly capability: PeerCapability;
  /** Ends the wait when it is aborted. */
  readonly until: AbortSignal;
};

/** The peer as soon as it is online; undefined when the time is up. */
export async function awaitPeer(
  roster: Pick<SympleRoster, "peers" | "peerAdded" | "peerChanged">,
  { wanted, capability, until }: AwaitPeerOptions,
): Promise<RemotePeer | undefined> {
  const find = (): RemotePeer | undefined => findPeer(roster.peers, wanted, capability);
  const listening: Disposable[] = [];
  let look = (): void => {};
  await new Promise<void>((resolve) => {
    look = () => {
      if (until.aborted || find() !== undefined) {
        resolve();
      }
    };
    listening.push(roster.peerAdded.on(look), roster.peerChanged.on(look));
    until.addEventListener("abort", look);
    look();
  });
  until.removeEventListener("abort", look);
  for (const each of listening) {
    each[Symbol.dispose]();
  }
  return find();
}
