// One RTCPeerConnection of a call that this page makes: from its offer to its close, whichever way the media go. Reports to
// the call's machine under the number it was given, and reports nothing more once it is closed.
import type { IceCandidate } from "../../core/webrtc/ice-candidate.js";
import type { ConnectionState, PeerSessionInput } from "../../core/webrtc/peer-session-io.js";

/** What travels over a connection, and what its offer says. */
export interface CallMedia {
  /** Before the offer: what is sent, received, and how. A throw ends the call, in words. */
  readonly ready: Promise<void>;
  /** The offer that goes out, made of the browser's own. */
  shapeOffer(sdp: string): string;
  /** The answer as the browser is told it. */
  shapeAnswer(sdp: string): string;
}

/** What a connection is made of. */
export type CallConnectionOptions<Media extends CallMedia> = {
  /** The machine's number for it. */
  readonly connection: number;
  readonly iceServers: readonly RTCIceServer[];
  readonly report: (input: PeerSessionInput) => void;
  readonly openMedia: (peer: RTCPeerConnection) => Media;
};

/** The calling end of one connection. */
export class CallConnection<Media extends CallMedia> {
  readonly media: Media;
  readonly #connection: number;
  readonly #sendReport: (input: PeerSessionInput) => void;
  readonly #peer: RTCPeerConnection;
  #isClosed = false;

  /** Throws what the browser throws for ICE servers or media that it does not take. */
  constructor({ connection, iceServers, report, openMedia }: CallConnectionOptions<Media>) {
    this.#connection = connection;
    this.#sendReport = report;
    const peer = new RTCPeerConnection({ iceServers: [...iceServers], bundlePolicy: "max-bundle" });
    this.#peer = peer;
    peer.onicecandidate = ({ candidate }) => this.#candidate(candidate);
    peer.onicecandidateerror = ({ url, errorCode, errorText }) => {
      const detail = `${errorCode} ${errorText}`.replace(/\.$/, "");
      this.#report({ kind: "ice-server-failed", connection, url, detail });
    };
    peer.oniceconnectionstatechange = () => {
      if (peer.iceConnectionState === "connected" || peer.iceConnectionState === "completed") {
        this.#report({ kind: "path-found", connection });
      } else if (peer.iceConnectionState === "failed") {
        this.#stateChanged();
      }
    };
    peer.onconnectionstatechange = () => this.#stateChanged();
    try {
      this.media = openMedia(peer);
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** Makes the offer and reports it. */
  async offer(): Promise<void> {
    try {
      await this.media.ready;
      const { sdp: plain = "" } = await this.#peer.createOffer();
      await this.#peer.setLocalDescription({ type: "offer", sdp: this.media.shapeOffer(plain) });
      const sdp = this.#peer.localDescription?.sdp ?? "";
      this.#report({ kind: "local-description", connection: this.#connection, sdp });
    } catch (error) {
      this.#failed(`the browser could not make an offer (${words(error)})`);
    }
  }

  /** Takes the peer's answer and reports that it is set. */
  async answer(sdp: string): Promise<void> {
    try {
      await this.#peer.setRemoteDescription({ type: "answer", sdp: this.media.shapeAnswer(sdp) });
      // Browsers may call a connection failed before they say that its encryption has.
      this.#encryption()?.addEventListener("statechange", () => this.#encryptionChanged());
      this.#encryptionChanged();
      this.#report({ kind: "remote-description-set", connection: this.#connection });
    } catch (error) {
      this.#failed(`the browser does not take the answer (${words(error)})`);
    }
  }

  /** Takes a candidate of the peer. One that the browser cannot use is none: the others may do. */
  async addRemoteCandidate({ candidate, sdpMid, sdpMLineIndex }: IceCandidate): Promise<void> {
    try {
      const place = sdpMid === undefined && sdpMLineIndex === undefined ? { sdpMLineIndex: 0 } : {};
      await this.#peer.addIceCandidate({
        candidate,
        ...place,
        ...(sdpMid === undefined ? {} : { sdpMid }),
        ...(sdpMLineIndex === undefined ? {} : { sdpMLineIndex }),
      });
    } catch {
      // The others may do.
    }
  }

  /** The browser's statistics. */
  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Closes it, and reports that as the last thing. Quiet when called twice. */
  close(): void {
    if (!this.#isClosed) {
      this.#peer.close();
      this.#reportState("closed");
      this.#isClosed = true;
    }
  }

  #candidate(candidate: RTCIceCandidate | null): void {
    const { sdpMid, sdpMLineIndex } = candidate ?? { sdpMid: null, sdpMLineIndex: null };
    this.#report({
      kind: "local-candidate",
      connection: this.#connection,
      candidate: {
        candidate: candidate?.candidate ?? "",
        ...(sdpMid === null ? {} : { sdpMid }),
        ...(sdpMLineIndex === null ? {} : { sdpMLineIndex }),
      },
    });
  }

  #stateChanged(): void {
    const state = this.#peer.connectionState;
    const encryption = this.#encryption()?.state;
    const hasEncryptionFailed = encryption === "failed";
    // Chromium calls a connection failed for a moment when its only candidate is a relay over TCP that came after those of
    // the other side, and then goes on. A browser that does not tell how the encryption does is believed at once.
    const hasIceFailed = this.#peer.iceConnectionState === "failed" || encryption === undefined;
    if (state !== "new" && (state !== "failed" || hasEncryptionFailed || hasIceFailed)) {
      this.#reportState(state, { hasEncryptionFailed });
    }
  }

  #encryptionChanged(): void {
    if (this.#encryption()?.state === "failed") {
      this.#reportState("failed", { hasEncryptionFailed: true });
    }
  }

  /** Everything is bundled: one transport carries data channel and media. */
  #encryption(): RTCDtlsTransport | null | undefined {
    const { sctp } = this.#peer;
    return sctp?.transport ?? this.#peer.getSenders().find(({ transport }) => transport !== null)?.transport;
  }

  #reportState(state: ConnectionState, { hasEncryptionFailed = false } = {}): void {
    this.#report({ kind: "connection-state", connection: this.#connection, state, hasEncryptionFailed });
  }

  #failed(detail: string): void {
    this.#report({ kind: "negotiation-failed", connection: this.#connection, detail });
  }

  #report(input: PeerSessionInput): void {
    if (!this.#isClosed) {
      this.#sendReport(input);
    }
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
