// What a watching call receives: at most one picture and one sound, with a data channel labelled "control".
import type { CallMedia } from "./call-connection.js";
import { withoutPlayoutDelay } from "./playout-offer.js";
import { withStereo } from "./stereo-offer.js";

/** How it is received, and who hears of it. */
export type WatchMediaOptions = {
  /** "live" shows each frame as soon as it can be; "sync" lets the browser buffer and keep lips in sync. */
  readonly playout: "live" | "sync";
  readonly trackReceived: (track: MediaStreamTrack) => void;
  readonly controlReceived: (message: string | Uint8Array) => void;
};

/** The receiving half of one connection. */
export class WatchMedia implements CallMedia {
  readonly ready: Promise<void> = Promise.resolve();
  readonly #peer: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  #playout: "live" | "sync";

  constructor(peer: RTCPeerConnection, { playout, trackReceived, controlReceived }: WatchMediaOptions) {
    this.#peer = peer;
    this.#playout = playout;
    const isOpen = (): boolean => peer.signalingState !== "closed";
    peer.addTransceiver("video", { direction: "recvonly" });
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.ontrack = ({ track, receiver }) => {
      if (isOpen()) {
        this.#applyPlayout(receiver);
        trackReceived(track);
      }
    };
    this.#channel = peer.createDataChannel("control");
    this.#channel.binaryType = "arraybuffer";
    this.#channel.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (isOpen()) {
        controlReceived(typeof data === "string" ? data : new Uint8Array(data));
      }
    };
  }

  shapeOffer(sdp: string): string {
    return withStereo(this.#playout === "sync" ? withoutPlayoutDelay(sdp) : sdp);
  }

  shapeAnswer(sdp: string): string {
    return sdp;
  }

  /** Changes how frames are shown, from now on. */
  setPlayout(playout: "live" | "sync"): void {
    this.#playout = playout;
    for (const receiver of this.#peer.getReceivers()) {
      this.#applyPlayout(receiver);
    }
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

  /** null leaves the depth of the buffer to the browser. */
  #applyPlayout(receiver: RTCRtpReceiver): void {
    if ("jitterBufferTarget" in receiver) {
      receiver.jitterBufferTarget = this.#playout === "live" ? 0 : null;
    }
  }
}
