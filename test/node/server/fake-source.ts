// A source that emits what a test says, when it says it.
import { Signal } from "../../../src/core/signal/signal.js";
import type { Emit } from "../../../src/core/stream/adapter.js";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";
import { PlainVideoFrame } from "../../../src/core/stream/frame-packet.js";
import { EncodedAudio, EncodedVideo } from "../../../src/core/stream/media-packet.js";
import type { AvSourcePacket, SourceHealth } from "../../../src/node/av/av-source.js";
import type { StreamSource, StreamSourceInfo } from "../../../src/node/server/modes/stream/stream-source.js";
import { accessUnit } from "../../sim/access-unit.js";

/** H.264 that passes through, without sound. */
export const H264_INFO: StreamSourceInfo = {
  name: "fake",
  video: { width: 64, height: 48, fps: 30, codec: "h264", delivery: "passthrough" },
  passthrough: { video: true, audio: false, words: "passthrough: yes" },
};

/** See StreamSource. */
export class FakeSource implements StreamSource {
  readonly name = "fake";
  readonly retention = "borrowed" as const;
  readonly emits: StreamSource["emits"];
  readonly infoChanged = new Signal<StreamSourceInfo>();
  readonly healthChanged = new Signal<SourceHealth>();
  readonly ended = new Signal();
  readonly failed = new Signal<Error>();
  info: StreamSourceInfo;
  health: SourceHealth = { kind: "ok" };
  requestKeyFrame?: () => void;
  /** What the graph did with it. */
  readonly calls: string[] = [];
  #emit: Emit<AvSourcePacket> = () => {};
  #frame = 0;

  constructor({
    info = H264_INFO,
    emits = [EncodedVideo, EncodedAudio],
  }: { info?: StreamSourceInfo; emits?: StreamSource["emits"] } = {}) {
    this.info = info;
    this.emits = emits;
  }

  start(emit: Emit<AvSourcePacket>): void {
    this.calls.push("start");
    this.#emit = emit;
  }

  stop(): void {
    this.calls.push("stop");
  }

  close(): void {
    this.calls.push("close");
  }

  /** One access unit, 30 a second. */
  picture({ isKey, pictureBytes = 500 }: { isKey: boolean; pictureBytes?: number }): Uint8Array {
    const data = accessUnit({ isKey, pictureBytes, seed: this.#frame + 1 });
    this.unit(data, isKey);
    return data;
  }

  /** These bytes as the next picture, 30 a second. */
  unit(data: Uint8Array, isKey: boolean): void {
    this.#emit(new PlainEncodedVideo({ codec: "h264", data, isKey, timeUs: this.#nextUs() }));
  }

  /** One raw picture, 30 a second. */
  frame({ width = 64, height = 48 } = {}): void {
    const planes = [width * height, (width * height) / 4, (width * height) / 4].map((size) =>
      new Uint8Array(size).fill(this.#frame + 16),
    );
    const strides = [width, width / 2, width / 2];
    this.#emit(new PlainVideoFrame({ width, height, format: "i420", planes, strides, timeUs: this.#nextUs() }));
  }

  /** A run of sound. */
  sound(codec: "opus" | "pcmu" | "pcma", data: Uint8Array, timeUs: number): void {
    this.#emit(new PlainEncodedAudio({ codec, data, timeUs, durationUs: 20_000 }));
  }

  become(info: StreamSourceInfo): void {
    this.info = info;
    this.infoChanged.emit(info);
  }

  feel(health: SourceHealth): void {
    this.health = health;
    this.healthChanged.emit(health);
  }

  #nextUs(): number {
    return Math.round((this.#frame++ * 1_000_000) / 30);
  }
}
