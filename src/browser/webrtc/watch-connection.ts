// One RTCPeerConnection of a watching call: from its offer to its close. Reports to the call's machine under the number
// it was given, and reports nothing more once it is closed.
import type { IceCandidate } from "../../core/webrtc/ice-candidate.js";
import type { ConnectionState, PeerSessionInput } from "../../core/webrtc/peer-session-io.js";
import { withoutPlayoutDelay } from "./playout-offer.js";
import { withStereo } from "./stereo-offer.js";

/** What a connection is made of. */
export type WatchConnectionOptions = {
  /** The machine's number for it. */
  readonly connection: number;
  readonly iceServers: readonly RTCIceServer[];
  /** "live" shows each frame as soon as it can be; "sync" lets the browser buffer and keep lips in sync. */
  readonly playout: "live" | "sync";
  readonly report: (input: PeerSessionInput) => void;
  readonly trackReceived: (track: MediaStreamTrack) => void;
  readonly controlReceived: (message: string | Uint8Array) => void;
};

/** A connection that receives at most one picture and one sound, with a data channel labelled "control". */
export class WatchConnection {
  readonly #options: WatchConnectionOptions;
  readonly #peer: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #playout: "live" | "sync";
  #isClosed = false;

  /** Throws what the browser throws for ICE servers that it does not take. */
  constructor(options: WatchConnectionOptions) {
    this.#options = options;
    this.#playout = options.playout;
    const peer = new RTCPeerConnection({ iceServers: [...options.iceServers], bundlePolicy: "max-bundle" });
    this.#peer = peer;
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.addTransceiver("audio", { direction: "recvonly" });
    this.#channel = peer.createDataChannel("control");
    this.#channel.binaryType = "arraybuffer";
    this.#channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#message(data);
    peer.onicecandidate = ({ candidate }) => this.#candidate(candidate);
    peer.onicecandidateerror = ({ url, errorCode, errorText }) => {
      const detail = `${errorCode} ${errorText}`.replace(/\.$/, "");
      this.#report({ kind: "ice-server-failed", connection: options.connection, url, detail });
    };
    peer.oniceconnectionstatechange = () => {
      if (peer.iceConnectionState === "connected" || peer.iceConnectionState === "completed") {
        this.#report({ kind: "path-found", connection: options.connection });
      } else if (peer.iceConnectionState === "failed") {
        this.#stateChanged();
      }
    };
    peer.ontrack = ({ track, receiver }) => this.#track(track, receiver);
    peer.onconnectionstatechange = () => this.#stateChanged();
  }

  /** Makes the offer and reports it. */
  async offer(): Promise<void> {
    try {
      const { sdp: plain = "" } = await this.#peer.createOffer();
      const offer = this.#playout === "sync" ? withoutPlayoutDelay(plain) : plain;
      await this.#peer.setLocalDescription({ type: "offer", sdp: withStereo(offer) });
      const sdp = this.#peer.localDescription?.sdp ?? "";
      this.#report({ kind: "local-description", connection: this.#options.connection, sdp });
    } catch (error) {
      this.#failed(`the browser could not make an offer (${words(error)})`);
    }
  }

  /** Takes the peer's answer and reports that it is set. */
  async answer(sdp: string): Promise<void> {
    try {
      await this.#peer.setRemoteDescription({ type: "answer", sdp });
      this.#report({ kind: "remote-description-set", connection: this.#options.connection });
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

  /** Changes how frames are shown, from now on. */
  setPlayout(playout: "live" | "sync"): void {
    this.#playout = playout;
    for (const receiver of this.#peer.getReceivers()) {
      this.#applyPlayout(receiver);
    }
  }

  /** The browser's statistics. */
  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Sends on the control channel. False while it is not open. */
  send(message: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#channel.readyState !== "open") {
      return false;
    }
    if (typeof message === "string") {
      this.#channel.send(message);
    } else {
      this.#channel.send(message);
    }
    return true;
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
    const { connection } = this.#options;
    const { sdpMid, sdpMLineIndex } = candidate ?? { sdpMid: null, sdpMLineIndex: null };
    this.#report({
      kind: "local-candidate",
      connection,
      candidate: {
        candidate: candidate?.candidate ?? "",
        ...(sdpMid === null ? {} : { sdpMid }),
        ...(sdpMLineIndex === null ? {} : { sdpMLineIndex }),
      },
    });
  }

  #track(track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    if (this.#isClosed) {
      return;
    }
    this.#applyPlayout(receiver);
    this.#options.trackReceived(track);
  }

  /** null leaves the depth of the buffer to the browser. */
  #applyPlayout(receiver: RTCRtpReceiver): void {
    if ("jitterBufferTarget" in receiver) {
      receiver.jitterBufferTarget = this.#playout === "live" ? 0 : null;
    }
  }

  #message(data: string | ArrayBuffer): void {
    if (!this.#isClosed) {
      this.#options.controlReceived(typeof data === "string" ? data : new Uint8Array(data));
    }
  }

  #stateChanged(): void {
    const state = this.#peer.connectionState;
    const hasEncryptionFailed = this.#peer.sctp?.transport.state === "failed";
    if (state !== "new" && (state !== "failed" || hasEncryptionFailed || this.#hasIceFailed())) {
      this.#reportState(state, { hasEncryptionFailed });
    }
  }

  /**
   * Chromium calls a connection failed for a moment when its only candidate is a relay over TCP that came after those of the
   * other side, and then goes on. A browser that does not tell how the encryption does is believed at once.
   */
  #hasIceFailed(): boolean {
    return this.#peer.iceConnectionState === "failed" || this.#peer.sctp === null;
  }

  #reportState(state: ConnectionState, { hasEncryptionFailed = false } = {}): void {
    const { connection } = this.#options;
    this.#report({ kind: "connection-state", connection, state, hasEncryptionFailed });
  }

  #failed(detail: string): void {
    this.#report({ kind: "negotiation-failed", connection: this.#options.connection, detail });
  }

  #report(input: PeerSessionInput): void {
    if (!this.#isClosed) {
      this.#options.report(input);
    }
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
