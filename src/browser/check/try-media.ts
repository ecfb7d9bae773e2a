// The last step of a connection test: a real call to the server, for as long as it takes until a packet of media is there.
import type { CheckOutcome } from "../../core/check/check-step.js";
import { describePath } from "../../core/check/judge-report.js";
import { callFault } from "../../core/webrtc/call-fault.js";
import type { EndReason } from "../../core/webrtc/peer-session-state.js";
import { awaitPeer } from "../symple/await-peer.js";
import type { BrowserSympleClient } from "../symple/symple-client.js";
import { WatchSession } from "../webrtc/watch-session.js";
import { firstOf } from "./gather.js";

/** Whom to call, and how. */
export type MediaOptions = {
  /** Online. */
  readonly client: BrowserSympleClient;
  /** As `<floe-player peer>` takes it; "" for the first that can be watched. */
  readonly wanted: string;
  readonly iceServers: readonly RTCIceServer[];
  /** How long somebody to watch is awaited. */
  readonly untilPeer: AbortSignal;
  /** How long media is awaited; begins with the call. */
  readonly untilMedia: () => AbortSignal;
};

/** How it went; `path` is how the media came, `host udp`, `relay tcp`, or "". */
export type MediaTrial = { readonly outcome: CheckOutcome; readonly path: string };

/** How often the browser's statistics are looked at, in milliseconds. */
const LOOK_MS = 100;

/** Calls, waits for media, and hangs up. */
export async function tryMedia({
  client,
  wanted,
  iceServers,
  untilPeer,
  untilMedia,
}: MediaOptions): Promise<MediaTrial> {
  const peer = await awaitPeer(client.roster, { wanted, capability: "view", until: untilPeer });
  if (peer === undefined) {
    const who = wanted === "" ? "nobody who can be watched is online" : `${wanted} is not online`;
    return { outcome: { state: "skipped", detail: who }, path: "" };
  }
  const session = new WatchSession({ signaller: client.signaller(), peer: peer.address, iceServers });
  try {
    return await awaitMedia(session, untilMedia());
  } finally {
    session.close();
  }
}

async function awaitMedia(session: WatchSession, until: AbortSignal): Promise<MediaTrial> {
  session.start();
  for (;;) {
    const { state } = session;
    if (state.kind === "ending" || state.kind === "ended") {
      return failed(state.reason);
    }
    if (state.kind === "active") {
      const { video, audio, path } = await session.stats();
      // A medium is there with its first packet.
      if ((video ?? audio) !== undefined && path !== "") {
        return { outcome: { state: "passed", detail: describePath(path) }, path };
      }
    }
    if (until.aborted) {
      return failed({ code: state.kind === "active" ? "media-silent" : "no-answer", by: "local", detail: "" });
    }
    await firstOf(pause(LOOK_MS), until);
  }
}

function failed(reason: EndReason): MediaTrial {
  const { code, message, fix } = callFault(reason);
  return { outcome: { state: "failed", fault: { code, message: message.replace(/\.$/, ""), fix } }, path: "" };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
