// What a status page shows of one viewer: its state, and how its media arrives over all its tracks.
import type { PeerSessionState } from "../../../../core/webrtc/peer-session-state.js";
import type { TrackSenderStats } from "../../../../core/webrtc/track-sender.js";

/** One viewer. Numbers are undefined (absent in JSON) until the viewer has reported them. */
export type ViewerStatus = {
  readonly peer: string;
  readonly state: PeerSessionState["kind"];
  /** What was refused or is a compromise in the negotiation, in words. */
  readonly notes: readonly string[];
  /** The newest measure of the way there and back. */
  readonly roundTripMs: number | undefined;
  /** Of the packets of the last report, 0..1; the worst track's. */
  readonly fractionLost: number | undefined;
  /** Packets asked for again. */
  readonly nackedPackets: number;
  /** PLI and FIR: pictures that had to be asked for. */
  readonly keyFrameRequests: number;
  /** What the viewer says its line can take, bits a second. */
  readonly estimateBps: number | undefined;
  /** Packets that wait for their turn. */
  readonly queuedPackets: number;
  readonly tracks: readonly TrackSenderStats[];
  /** Packets of the viewer that were no RTCP. */
  readonly malformed: number;
};

/** Gathers the numbers of all tracks. */
export function viewerStatus(
  session: Pick<ViewerStatus, "peer" | "state" | "notes" | "malformed">,
  tracks: readonly TrackSenderStats[],
): ViewerStatus {
  const sum = (pick: (track: TrackSenderStats) => number): number =>
    tracks.reduce((total, track) => total + pick(track), 0);
  return {
    ...session,
    roundTripMs: largest(tracks, (track) => track.roundTripMs),
    fractionLost: largest(tracks, (track) => track.fractionLost),
    nackedPackets: sum((track) => track.nackedPackets),
    keyFrameRequests: sum((track) => track.keyFrameRequests),
    // An estimate is for the whole transport, whichever track it came on.
    estimateBps: largest(tracks, (track) => track.estimateBps),
    queuedPackets: sum((track) => track.queuedPackets),
    tracks,
  };
}

function largest(
  tracks: readonly TrackSenderStats[],
  pick: (track: TrackSenderStats) => number | undefined,
): number | undefined {
  const known = tracks.map(pick).filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
