// publish(): from a MediaStream and a server's address to a call that is connected.
import { FloeError } from "../../core/error/floe-error.js";
import { callFault } from "../../core/webrtc/call-fault.js";
import type { PeerSessionOptions } from "../../core/webrtc/peer-session-io.js";
import type { PeerSessionState } from "../../core/webrtc/peer-session-state.js";
import type { PlayerClient } from "../player/viewing-ports.js";
import { awaitOnline } from "../symple/await-online.js";
import { awaitPeer } from "../symple/await-peer.js";
import { foreignHint } from "../symple/foreign-page.js";
import { BrowserSympleClient } from "../symple/symple-client.js";
import type { PublishMediaOptions } from "../webrtc/publish-media.js";
import { PublishSession } from "../webrtc/publish-session.js";

/** A signalling client, as publishing needs it: a BrowserSympleClient, or anything like it. */
export type PublishClient = Pick<PlayerClient, "state" | "changed" | "roster" | "open" | "iceServers" | "signaller">;

/** Where to publish, and how. */
export type PublishOptions = PublishMediaOptions &
  PeerSessionOptions & {
    /** `user|id`, an id, a user or a name; "" (default) for the first that takes what is published, as a server in record mode does. */
    readonly peer?: string;
    /** The server, `https://host:4500` or its signalling `wss://host:4500/ws`; the page's own server by default. */
    readonly url?: string;
    /** The server's token; "" for none. */
    readonly token?: string;
    /** Who publishes: names the recording. "publisher" by default. */
    readonly user?: string;
    /** A client that the page has already, instead of `url`, `token` and `user`; it stays open afterwards. */
    readonly client?: PublishClient;
    /** STUN and TURN servers; left out, those that the server offers. */
    readonly iceServers?: readonly RTCIceServer[];
    /** How long somebody to publish to is awaited, in milliseconds; 5000. */
    readonly peerTimeoutMs?: number;
    /** Gives up while it is not connected, and hangs up afterwards. */
    readonly signal?: AbortSignal;
    /** Hears where the call stands, from ringing to its end. */
    readonly onState?: (state: PeerSessionState) => void;
  };

const DEFAULT_URL = "/ws";
/** The room that every page and the server share. */
const ROOM = "public";

/**
 * Publishes picture and sound of `stream`, and resolves when they flow. Rejects with a FloeError whose code names what went
 * wrong (`publish/…`, `symple/…`, `call/…`), or with the reason of `signal`. The stream stays the caller's.
 */
export async function publish(stream: MediaStream, options: PublishOptions = {}): Promise<PublishSession> {
  const { client: given, signal } = options;
  signal?.throwIfAborted();
  if (typeof RTCPeerConnection === "undefined") {
    throw new FloeError("publish/no-webrtc", "This browser cannot send live media", {
      fix: "Use a current browser with WebRTC switched on.",
    });
  }
  if (given !== undefined) {
    return await open(stream, given, options);
  }
  const own = makeClient(options);
  try {
    const session = await open(stream, own, options);
    void session.ended.then(() => own.close());
    return session;
  } catch (error) {
    own.close();
    throw error;
  }
}

async function open(stream: MediaStream, client: PublishClient, options: PublishOptions): Promise<PublishSession> {
  const { peer: wanted = "", peerTimeoutMs = 5000, signal, onState, url = DEFAULT_URL } = options;
  const hint = options.client === undefined ? foreignHint(url) : "";
  await awaitOnline(client, { hint, signal });
  const timeout = AbortSignal.timeout(peerTimeoutMs);
  const until = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const [peer, iceServers] = await Promise.all([
    awaitPeer(client.roster, { wanted, capability: "publish", until }),
    options.iceServers ?? offeredServers(client),
  ]);
  signal?.throwIfAborted();
  if (peer === undefined) {
    throw noPeer(wanted);
  }
  const session = new PublishSession({
    ...options,
    stream,
    signaller: client.signaller(),
    peer: peer.address,
    iceServers,
  });
  const listening = client.roster.peerRemoved.on(({ address }) => {
    if (address === session.peer) {
      session.peerGone();
    }
  });
  void session.ended.then(() => listening[Symbol.dispose]());
  if (onState !== undefined) {
    session.stateChanged.on(onState);
  }
  await connected(session, signal);
  return session;
}

/** Calls, and waits until media flow. */
async function connected(session: PublishSession, signal: AbortSignal | undefined): Promise<void> {
  const abort = (): void => session.hangup();
  signal?.addEventListener("abort", abort);
  const leave = (): void => session.hangup("the page was left");
  // A page that goes tells so: the far end need not wait whether media come back.
  self.addEventListener("pagehide", leave);
  void session.ended.then(() => {
    signal?.removeEventListener("abort", abort);
    self.removeEventListener("pagehide", leave);
  });
  const active = new Promise<void>((resolve) => {
    session.stateChanged.on(({ kind }) => {
      if (kind === "active") {
        resolve();
      }
    });
  });
  session.start();
  const end = await Promise.race([active, session.ended]);
  signal?.throwIfAborted();
  if (end !== undefined) {
    throw callFault(end, { purpose: "publish" });
  }
}

function makeClient({ url = DEFAULT_URL, token = "", user = "publisher" }: PublishOptions): BrowserSympleClient {
  return new BrowserSympleClient({ url, token, user, peerType: "publisher", rooms: [ROOM] });
}

/** With no answer there are none, and a direct path may still be found. */
async function offeredServers(client: PublishClient): Promise<readonly RTCIceServer[]> {
  try {
    return (await client.iceServers?.()) ?? [];
  } catch {
    return [];
  }
}

function noPeer(wanted: string): FloeError {
  const what = wanted === "" ? "Nobody who takes what is published is online" : `${wanted} is not online`;
  return new FloeError("publish/no-peer", what, {
    fix: "Start the server in record mode (floe serve --mode record), or name a peer that answers calls.",
  });
}
