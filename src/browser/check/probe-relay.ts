// Whether a relay leads where it says. Two connections in this page, one reachable through its relay only: the other sends to
// the address that the relay advertises, from here and through a relay of its own. Neither knows another way, so what arrives
// has taken that one. A call to the server would not show it: there the relay speaks first, and an answer finds back whatever
// the relay calls itself.
import type { RelayTrial } from "../../core/check/judge-gathering.js";
import { firstOf, watchGathering } from "./gather.js";

/** What to try, and until when. */
export type ProbeOptions = {
  /** TURN servers, all by one way. */
  readonly servers: readonly RTCIceServer[];
  /** Until then there must be a relay. */
  readonly untilRelay: AbortSignal;
  /** Until then something must have arrived; begins when there is a relay. */
  readonly untilArrival: () => AbortSignal;
  /** Whether it is known of an address that nothing arrives there; then it is not tried again. */
  readonly isLost: (address: string) => boolean;
};

/** Asks for a relay and tries its address. Closes both connections. Throws what the browser throws for bad servers. */
export async function probeRelay({ servers, untilRelay, untilArrival, isLost }: ProbeOptions): Promise<RelayTrial> {
  const iceServers = [...servers];
  const relayed = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
  const other = new RTCPeerConnection({ iceServers });
  try {
    const channel = relayed.createDataChannel("check");
    const opened = new Promise<void>((resolve) => {
      channel.onopen = () => resolve();
    });
    const watch = watchGathering(relayed, ({ type }) => type === "relay");
    introduce(relayed, other);
    await describe(relayed, other);
    await firstOf(watch.done, untilRelay);
    const gathering = watch.seen();
    const relay = gathering.candidates.find(({ type }) => type === "relay");
    if (relay === undefined) {
      return { gathering, probe: "untried" };
    }
    if (isLost(relay.address)) {
      return { gathering, probe: "lost" };
    }
    await firstOf(opened, untilArrival());
    return { gathering, probe: channel.readyState === "open" ? "arrived" : "lost" };
  } finally {
    relayed.close();
    other.close();
  }
}

/** Candidates as they come: the relay's to the other; of the other's its relay, and a door for what it sends from here. */
function introduce(relayed: RTCPeerConnection, other: RTCPeerConnection): void {
  const give = (to: RTCPeerConnection, candidate: RTCIceCandidateInit): void => {
    // Closed meanwhile, or of no use to the browser: the other ways are there.
    to.addIceCandidate(candidate).catch(() => {});
  };
  relayed.onicecandidate = ({ candidate }) => {
    if (candidate !== null) {
      give(other, candidate);
    }
  };
  other.onicecandidate = ({ candidate }) => {
    if (candidate?.type === "relay") {
      give(relayed, candidate);
    } else if (candidate?.type === "srflx") {
      give(relayed, door(candidate));
    }
  };
}

/**
 * A relay lets in whom its owner has sent to (RFC 8656 9), by address. So the relayed end is told the other's address with a
 * port where nobody listens (9, "discard"): what it sends there is lost, and what the other sends is let in.
 */
function door({ candidate, sdpMid, sdpMLineIndex }: RTCIceCandidate): RTCIceCandidateInit {
  const fields = candidate.split(" ");
  fields[5] = "9";
  return { candidate: fields.join(" "), sdpMid, sdpMLineIndex };
}

/** Descriptions without candidates: those are given one by one. */
async function describe(relayed: RTCPeerConnection, other: RTCPeerConnection): Promise<void> {
  await relayed.setLocalDescription();
  await other.setRemoteDescription(bare(relayed.localDescription));
  await other.setLocalDescription();
  await relayed.setRemoteDescription(bare(other.localDescription));
}

function bare(description: RTCSessionDescription | null): RTCSessionDescriptionInit {
  const { type = "offer", sdp = "" } = description ?? {};
  return { type, sdp: sdp.replace(/^a=candidate:.*\r?\n/gm, "") };
}
