// The signalling of a node-datachannel connection that makes its offer by hand, as the raw viewer and the raw publisher do.
import type { PeerConnection } from "node-datachannel";
import { CandidateQueue } from "../../src/core/webrtc/candidate-queue.js";
import type { Signaller, SignallingMessage } from "../../src/core/webrtc/signaller.js";

/** The server, as Symple peers know it. */
export const SERVER = "floe|floe-server";

/**
 * Sends the offer when the connection has one, and its candidates once the answer is there: the library may take a handshake before
 * it knows the fingerprint, and refuses it then. Answers what takes the server's messages.
 */
export function signalOffer(
  connection: PeerConnection,
  signaller: Pick<Signaller, "send">,
  shape: (sdp: string) => string = (sdp) => sdp,
): (message: SignallingMessage) => void {
  const candidates = new CandidateQueue((candidate) => signaller.send({ kind: "candidate", peer: SERVER, candidate }));
  connection.onLocalDescription((sdp) =>
    signaller.send({ kind: "description", peer: SERVER, type: "offer", sdp: shape(sdp) }),
  );
  connection.onLocalCandidate((candidate, sdpMid) => candidates.push({ candidate, sdpMid }));
  return (message) => {
    if (message.kind === "description") {
      connection.setRemoteDescription(message.sdp, "answer");
      candidates.open();
    } else if (message.kind === "candidate" && message.candidate.candidate !== "") {
      connection.addRemoteCandidate(message.candidate.candidate, message.candidate.sdpMid ?? "video");
    }
  };
}
