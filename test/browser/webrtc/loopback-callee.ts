// A callee in the same page: core's PeerSession over a second RTCPeerConnection that sends a moving picture and a tone, or
// receives what a caller sends.
import { BrowserClock } from "../../../src/browser/time/browser-clock.js";
import { MachineDriver } from "../../../src/core/net/machine-driver.js";
import { Signal } from "../../../src/core/signal/signal.js";
import { PeerSession } from "../../../src/core/webrtc/peer-session.js";
import type { PeerSessionInput, PeerSessionOutput } from "../../../src/core/webrtc/peer-session-io.js";
import type { PeerSessionState } from "../../../src/core/webrtc/peer-session-state.js";
import type { Signaller, SignallingMessage } from "../../../src/core/webrtc/signaller.js";

/** One end of a wire between two addresses; `filter` may hold messages back. */
export class WireEnd implements Signaller {
  readonly received: Signal<SignallingMessage> = new Signal();
  readonly sent: SignallingMessage[] = [];
  filter: (message: SignallingMessage) => boolean = () => true;
  readonly #address: string;
  #other: WireEnd | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  static pair(one: string, other: string): [WireEnd, WireEnd] {
    const ends: [WireEnd, WireEnd] = [new WireEnd(one), new WireEnd(other)];
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    return ends;
  }

  send(message: SignallingMessage): void {
    this.sent.push(message);
    if (this.filter(message)) {
      queueMicrotask(() => this.#other?.received.emit({ ...message, peer: this.#address }));
    }
  }
}

/** Accepts every call and sends media, or receives only; `behave` may do something else when it rings. */
export class LoopbackCallee {
  /** Called between the offer and the answer. */
  answering: (peer: RTCPeerConnection) => void = () => {};
  /** Its answer, made of the browser's own. */
  answer: (sdp: string) => string = (sdp) => sdp;
  /** What came, in the order it came. */
  readonly received: MediaStreamTrack[] = [];
  readonly session: PeerSession = new PeerSession();
  behave: (driver: MachineDriver<PeerSessionInput, PeerSessionOutput>) => void = (driver) =>
    driver.handle({ kind: "accept" });
  readonly states: PeerSessionState["kind"][] = [];
  readonly driver: MachineDriver<PeerSessionInput, PeerSessionOutput>;
  channel: RTCDataChannel | undefined;
  peer: RTCPeerConnection | undefined;
  readonly #signaller: Signaller;
  readonly #sends: boolean;
  readonly #stop = new AbortController();

  constructor(signaller: Signaller, { sends = true }: { readonly sends?: boolean } = {}) {
    this.#signaller = signaller;
    this.#sends = sends;
    this.driver = new MachineDriver(this.session, new BrowserClock(), (output) => this.#perform(output));
    signaller.received.on((message) => this.driver.handle({ kind: "message", message }));
  }

  close(): void {
    this.driver.handle({ kind: "hangup" });
    this.driver.close();
    this.#stop.abort();
  }

  #perform(output: PeerSessionOutput): void {
    switch (output.kind) {
      case "send":
        this.#signaller.send(output.message);
        break;
      case "changed":
        this.states.push(output.state.kind);
        if (output.state.kind === "incoming-init") {
          this.behave(this.driver);
        }
        break;
      case "open-transport":
        this.#open(output.connection);
        break;
      case "set-remote-description":
        void this.#answer(output.connection, output.sdp);
        break;
      case "add-remote-candidate":
        void this.peer?.addIceCandidate(output.candidate);
        break;
      case "close-transport":
        this.peer?.close();
        this.driver.handle({ kind: "connection-state", connection: output.connection, state: "closed" });
        break;
      default:
        output satisfies never;
    }
  }

  #open(connection: number): void {
    const peer = new RTCPeerConnection();
    this.peer = peer;
    peer.onicecandidate = ({ candidate }) => {
      if (candidate !== null) {
        const { candidate: line, sdpMid } = candidate;
        const place = sdpMid === null ? {} : { sdpMid };
        this.driver.handle({ kind: "local-candidate", connection, candidate: { candidate: line, ...place } });
      }
    };
    peer.onconnectionstatechange = () => {
      if (peer.connectionState !== "new") {
        const hasEncryptionFailed = peer.sctp?.transport.state === "failed";
        const state = peer.connectionState;
        this.driver.handle({ kind: "connection-state", connection, state, hasEncryptionFailed });
      }
    };
    peer.ontrack = ({ track }) => this.received.push(track);
    peer.ondatachannel = ({ channel }) => {
      this.channel = channel;
      channel.onmessage = ({ data }: MessageEvent<string>) => channel.send(`echo ${data}`);
    };
  }

  async #answer(connection: number, sdp: string): Promise<void> {
    const { peer } = this;
    if (peer === undefined) {
      return;
    }
    await peer.setRemoteDescription({ type: "offer", sdp });
    this.driver.handle({ kind: "remote-description-set", connection });
    if (this.#sends) {
      const stream = new MediaStream([movingPicture(this.#stop.signal), tone(this.#stop.signal)]);
      for (const track of stream.getTracks()) {
        peer.addTrack(track, stream);
      }
    }
    this.answering(peer);
    const { sdp: plain = "" } = await peer.createAnswer();
    await peer.setLocalDescription({ type: "answer", sdp: this.answer(plain) });
    this.driver.handle({ kind: "local-description", connection, sdp: peer.localDescription?.sdp ?? "" });
  }
}

/** Insertable streams, which the DOM types do not know yet; Chromium has them in windows. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: "audio" });
  readonly writable: WritableStream<AudioData>;
}

declare class MediaStreamTrackProcessor<Media> {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<Media>;
}

/** The frames or samples of a track, for whoever closes each of them. */
export function mediaOf<Media extends VideoFrame | AudioData>(
  track: MediaStreamTrack,
): ReadableStreamDefaultReader<Media> {
  return new MediaStreamTrackProcessor<Media>({ track }).readable.getReader();
}

/** The greatest samples, left and right, of the first audible half second: a muted element's statistics are silent. */
export async function loudness(track: MediaStreamTrack): Promise<{ left: number; right: number }> {
  const reader = mediaOf<AudioData>(track);
  const greatest = [0, 0];
  let channels = 0;
  for (let i = 0; i < 100 && greatest[0] < 0.1; i++) {
    const { value } = await reader.read();
    for (let channel = 0; value !== undefined && channel < value.numberOfChannels; channel++) {
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: channel, format: "f32-planar" });
      greatest[channel] = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), greatest[channel]);
    }
    channels = value?.numberOfChannels ?? channels;
    value?.close();
  }
  await reader.cancel();
  return { left: greatest[0], right: greatest[channels === 1 ? 0 : 1] };
}

/** 440 Hz in the left ear only. Not by an AudioContext: that one stays silent until somebody clicks. */
export function tone(stop: AbortSignal): MediaStreamTrack {
  const track = new MediaStreamTrackGenerator({ kind: "audio" });
  const writer = track.writable.getWriter();
  let frames = 0;
  const timer = setInterval(() => {
    const data = new Float32Array(960);
    for (let i = 0; i < 480; i++) {
      data[i] = Math.sin(((frames + i) * 440 * 2 * Math.PI) / 48_000) / 2;
    }
    const timestamp = Math.round((frames / 48_000) * 1_000_000);
    const format = { format: "f32-planar", sampleRate: 48_000, numberOfFrames: 480, numberOfChannels: 2 } as const;
    writer.write(new AudioData({ ...format, timestamp, data })).catch(() => {});
    frames += 480;
  }, 10);
  stop.addEventListener("abort", () => clearInterval(timer));
  return track;
}

/** A picture that changes all the time: an encoder sends nothing of a still one. 300 by 150 unless told otherwise. */
export function movingPicture(
  stop: AbortSignal,
  size: { readonly width?: number; readonly height?: number } = {},
): MediaStreamTrack {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  const [track] = canvas.captureStream(30).getVideoTracks();
  const draw = (frame: number): void => {
    if (!stop.aborted) {
      context?.fillRect(frame % 300, frame % 150, 8, 8);
      requestAnimationFrame(() => draw(frame + 7));
    }
  };
  draw(0);
  return track;
}
