// A far end of node-datachannel, used as it is.
import * as datachannel from "node-datachannel";
import { Signal } from "../../src/core/signal/signal.js";
import type { IceCandidate } from "../../src/core/webrtc/ice-candidate.js";
import type { TransportParameters } from "../../src/core/webrtc/peer-transport.js";
import type { FarEnd } from "./far-end.js";

/** The library walks plain pointers to tracks and channels; a collected one takes the process down. */
const kept: object[] = [];

/** One peer connection. */
export class NativeFarEnd implements FarEnd {
  readonly candidate: Signal<IceCandidate> = new Signal();
  readonly opened: Promise<void>;
  readonly received: Signal<Buffer> = new Signal();
  readonly channelOpened: Promise<void>;
  readonly messageReceived: Signal<string | Uint8Array> = new Signal();
  readonly #connection = new datachannel.PeerConnection("far", {
    iceServers: [],
    bindAddress: "127.0.0.1",
    disableAutoNegotiation: true,
  });
  readonly #track: datachannel.Track;
  readonly #channel: datachannel.DataChannel;
  #offer = "";

  private constructor() {
    const video = new datachannel.Video("video", "SendRecv");
    video.addH264Codec(102, "profile-level-id=42e01f;packetization-mode=1");
    const track = this.#connection.addTrack(video);
    const channel = this.#connection.createDataChannel("control");
    kept.push(track, channel);
    this.opened = new Promise((resolve) => track.onOpen(resolve));
    track.onMessage((packet) => this.received.emit(Buffer.from(packet)));
    this.channelOpened = new Promise((resolve) => channel.onOpen(resolve));
    channel.onMessage((message) =>
      this.messageReceived.emit(typeof message === "string" ? message : new Uint8Array(message)),
    );
    this.#track = track;
    this.#channel = channel;
  }

  static open(): Promise<FarEnd> {
    return Promise.resolve(new NativeFarEnd());
  }

  async offer(): Promise<string> {
    const gathered = new Promise<void>((resolve) => {
      this.#connection.onGatheringStateChange((state) => state === "complete" && resolve());
    });
    this.#connection.setLocalDescription("offer");
    await gathered;
    const sdp = this.#connection.localDescription()?.sdp ?? "";
    queueMicrotask(() => {
      for (const [line] of sdp.matchAll(/candidate:.*/g)) {
        this.candidate.emit({ candidate: line.trim(), sdpMid: "video" });
      }
    });
    this.#offer = sdp.replace(/a=(candidate|end-of-candidates).*\r\n/g, "");
    return this.#offer;
  }

  /** The least answer that the library takes: its own offer turned round. */
  answer({ iceUfrag, icePwd, fingerprint, setup }: TransportParameters): void {
    const answer = this.#offer
      .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${iceUfrag}`)
      .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${icePwd}`)
      .replace(/a=fingerprint:.*/g, `a=fingerprint:${fingerprint.algorithm} ${fingerprint.value}`)
      .replace(/a=setup:actpass/g, `a=setup:${setup}`);
    this.#connection.setRemoteDescription(answer, "answer");
  }

  addCandidate({ candidate, sdpMid = "video" }: IceCandidate): void {
    if (candidate !== "") {
      this.#connection.addRemoteCandidate(candidate, sdpMid);
    }
  }

  send(packet: Buffer): void {
    this.#track.sendMessageBinary(packet);
  }

  sendMessage(message: string | Uint8Array): void {
    if (typeof message === "string") {
      this.#channel.sendMessage(message);
    } else {
      this.#channel.sendMessageBinary(message);
    }
  }

  vanish(): void {
    this.#connection.close();
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }
}
