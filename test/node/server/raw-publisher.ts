// A publisher without a browser: Symple and node-datachannel by hand, RTP made of the examples' recordings.
import * as datachannel from "node-datachannel";
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { parseRtcp } from "../../../src/core/rtp/rtcp/rtcp-parse.js";
import { isRtcp, RtpPacket } from "../../../src/core/rtp/rtp-packet.js";
import { H264ToRtp } from "../../../src/core/stages/h264-to-rtp.js";
import { OpusToRtp } from "../../../src/core/stages/opus-to-rtp.js";
import type { SignallingMessage } from "../../../src/core/webrtc/signaller.js";
import { NodeSympleClient } from "../../../src/node/symple/node-symple-client.js";
import { SERVER, signalOffer } from "../../setup/raw-offer.js";
import { media } from "../record/media.js";

export const VIDEO_SSRC = 4711;
export const AUDIO_SSRC = 4712;
const H264_PROFILE = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1";
/** The library keeps plain pointers to its tracks, so none may be collected before it has cleaned up. */
const keptTracks: datachannel.Track[] = [];

type Tracks = { readonly video: datachannel.Track; readonly audio: datachannel.Track };

/** One publisher of H.264 and Opus. */
export class RawPublisher {
  readonly address: string;
  /** Kinds of the RTCP messages that came. */
  readonly feedback: string[] = [];
  readonly #client: NodeSympleClient;
  readonly #listeners = new Set<(message: SignallingMessage) => void>();
  readonly #connection: datachannel.PeerConnection;
  readonly #sent = new Map<string, Uint8Array>();
  #tracks: Tracks | undefined;
  #hangup: (reason: string) => void = () => {};
  /** Resolves with the reason when the server hangs up or rejects. */
  readonly turnedDown: Promise<string> = new Promise((resolve) => {
    this.#hangup = resolve;
  });

  private constructor(client: NodeSympleClient, address: string) {
    this.#client = client;
    this.address = address;
    this.#connection = new datachannel.PeerConnection("raw", { iceServers: [], bindAddress: "127.0.0.1" });
    client.signaller().received.on((message) => {
      if (message.kind === "control" && (message.control === "hangup" || message.control === "reject")) {
        this.#hangup(message.reason ?? "");
      }
      for (const listener of this.#listeners) {
        listener(message);
      }
    });
  }

  /** Signs in. */
  static async open({ url }: { readonly url: string }, user = "raw"): Promise<RawPublisher> {
    const client = new NodeSympleClient({ url: `${url.replace("http", "ws")}ws`, user });
    const address = await new Promise<string>((resolve) => {
      client.changed.on((state) => {
        if (state.kind === "online") {
          resolve(`${state.peer.user}|${state.peer.id}`);
        }
      });
      client.open();
    });
    return new RawPublisher(client, address);
  }

  /** Calls and offers picture and sound; `shape` may change the offer. Resolves when media can be sent; never when it is turned down. */
  async call(shape: (sdp: string) => string = (sdp) => sdp): Promise<void> {
    const signaller = this.#client.signaller();
    const accepted = this.#next((message) => message.kind === "control" && message.control === "accept");
    signaller.send({ kind: "control", peer: SERVER, control: "init" });
    await accepted;
    const connection = this.#connection;
    this.#listeners.add(signalOffer(connection, signaller, (sdp) => shape(sdp).replace(/a=candidate:.*\r\n/g, "")));
    const video = new datachannel.Video("video", "SendOnly");
    video.addH264Codec(102, H264_PROFILE);
    video.addSSRC(VIDEO_SSRC, "raw");
    const audio = new datachannel.Audio("audio", "SendOnly");
    audio.addOpusCodec(111);
    audio.addSSRC(AUDIO_SSRC, "raw");
    const tracks = { video: connection.addTrack(video), audio: connection.addTrack(audio) };
    keptTracks.push(tracks.video, tracks.audio);
    const opened = Promise.all(
      Object.values(tracks).map((track) => {
        track.onMessage((packet) => this.#takeFeedback(packet));
        return new Promise<void>((resolve) => track.onOpen(resolve));
      }),
    );
    connection.setLocalDescription();
    await opened;
    this.#tracks = tracks;
  }

  /** Sends so much of the clip, faster than it plays; what is lost on the way is sent again when asked for. */
  async publish(durationMs: number): Promise<void> {
    const arena = Arena.create({ sizeBytes: 8 * 1024 * 1024 });
    const kernels = await loadKernels(arena);
    const video = new H264ToRtp({ kernels, arena, ssrc: VIDEO_SSRC, payloadType: 102 });
    const audio = new OpusToRtp({ kernels, arena, ssrc: AUDIO_SSRC, payloadType: 111 });
    for (const packet of media("h264-opus", durationMs * 1000)) {
      if ("isKey" in packet) {
        video.process(packet, ({ data }) => this.send("video", data));
      } else {
        audio.process(packet, ({ data }) => this.send("audio", data));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends one packet as it is. */
  send(track: "video" | "audio", packet: Uint8Array): void {
    if (!isRtcp(packet)) {
      const { ssrc, sequenceNumber } = RtpPacket.parse(packet);
      this.#sent.set(`${ssrc} ${sequenceNumber}`, packet.slice());
    }
    this.#tracks?.[track].sendMessageBinary(Buffer.from(packet));
  }

  /** Goes offline in signalling; media goes on. */
  leaveSignalling(): void {
    this.#client.close();
  }

  hangUp(): void {
    this.#client.signaller().send({ kind: "control", peer: SERVER, control: "hangup", reason: "hangup" });
  }

  [Symbol.dispose](): void {
    this.#connection.close();
    this.#client.close();
  }

  #takeFeedback(packet: Uint8Array): void {
    for (const message of parseRtcp(packet)) {
      this.feedback.push(message.kind);
      if (message.kind === "nack") {
        for (const sequenceNumber of message.lost) {
          const lost = this.#sent.get(`${message.mediaSsrc} ${sequenceNumber}`);
          if (lost !== undefined) {
            this.#tracks?.[message.mediaSsrc === VIDEO_SSRC ? "video" : "audio"].sendMessageBinary(Buffer.from(lost));
          }
        }
      }
    }
  }

  #next(isIt: (message: SignallingMessage) => boolean): Promise<SignallingMessage> {
    return new Promise((resolve) => {
      const listener = (message: SignallingMessage): void => {
        if (isIt(message)) {
          this.#listeners.delete(listener);
          resolve(message);
        }
      };
      this.#listeners.add(listener);
    });
  }
}
