// Any raw sound to interleaved 32-bit floats of one rate and channel count, through libswresample where it is needed.
import type { SoftwareResampleContext } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { AudioFramePacket } from "../../core/stream/media-packet.js";
import type { Micros } from "../../core/time/units.js";
import { checkAv } from "./av-error.js";
import { contextClosed, contextOpened } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeAudioFrame } from "./native-audio-frame.js";

/** What comes out. */
export type AudioShape = { readonly sampleRateHz: number; readonly channels: 1 | 2 };

type SampleFormat = Parameters<SoftwareResampleContext["allocSetOpts2"]>[1];
type ChannelLayout = Parameters<SoftwareResampleContext["allocSetOpts2"]>[0];
/** Sound as FFmpeg wants to hear of it. */
type Input = {
  readonly format: SampleFormat;
  readonly layout: ChannelLayout;
  readonly sampleRateHz: number;
  readonly planes: Buffer[];
};

const FLOAT_BYTES = 4;

/** Converts packet after packet of one stream. Samples that the filter holds back come with the next ones. */
export class AudioConverter {
  readonly #shape: AudioShape;
  #context: SoftwareResampleContext | undefined;
  #inputKey = "";
  #output: Buffer = Buffer.alloc(0);

  constructor(shape: AudioShape) {
    this.#shape = shape;
  }

  /** How much sound the filter holds back. */
  get delayUs(): Micros {
    return this.#context === undefined ? 0 : Number(this.#context.getDelay(1_000_000n));
  }

  /**
   * The packet's sound. The view is valid until the next call or until the packet is released. `slewSamples` stretches
   * (> 0) or squeezes the coming second by so many samples.
   */
  convert(packet: AudioFramePacket, slewSamples = 0): Float32Array {
    const input = inputOf(packet);
    const isAsWanted =
      packet.format === "f32" &&
      packet.sampleRateHz === this.#shape.sampleRateHz &&
      packet.channels === this.#shape.channels;
    if (isAsWanted && slewSamples === 0 && this.#context === undefined) {
      return floats(input.planes[0], packet.sampleCount * packet.channels);
    }
    const context = this.#contextFor(input);
    if (slewSamples !== 0) {
      checkAv(context.setCompensation(slewSamples, this.#shape.sampleRateHz), "following the clock of the sound");
    }
    return this.#run(context, input.planes, packet.sampleCount);
  }

  /** What the filter still holds, at the end of a stream. */
  flush(): Float32Array {
    return this.#context === undefined ? new Float32Array(0) : this.#run(this.#context, null, 0);
  }

  /** Frees the filter. The converter may be used again. */
  close(): void {
    if (this.#context !== undefined) {
      contextClosed();
      this.#context.free();
      this.#context = undefined;
      this.#inputKey = "";
    }
  }

  #run(context: SoftwareResampleContext, planes: Buffer[] | null, sampleCount: number): Float32Array {
    const { channels } = this.#shape;
    const room = checkAv(context.getOutSamples(sampleCount), "resampling");
    if (this.#output.byteLength < room * channels * FLOAT_BYTES) {
      // Its own memory, not Node's shared pool: aligned for floats.
      this.#output = Buffer.from(new ArrayBuffer(room * channels * FLOAT_BYTES));
    }
    const made = checkAv(context.convertSync([this.#output], room, planes, sampleCount), "resampling");
    return floats(this.#output, made * channels);
  }

  #contextFor(input: Input): SoftwareResampleContext {
    const av = requireNodeAv();
    const { nbChannels, order, mask } = input.layout;
    const key = `${input.format}/${input.sampleRateHz}/${nbChannels}/${order}/${mask}`;
    if (this.#context !== undefined && key === this.#inputKey) {
      return this.#context;
    }
    this.close();
    const context = new av.SoftwareResampleContext();
    contextOpened();
    this.#context = context;
    this.#inputKey = key;
    const layout = this.#shape.channels === 1 ? av.AV_CHANNEL_LAYOUT_MONO : av.AV_CHANNEL_LAYOUT_STEREO;
    const { sampleRateHz } = this.#shape;
    const set = context.allocSetOpts2(
      layout,
      av.AV_SAMPLE_FMT_FLT,
      sampleRateHz,
      input.layout,
      input.format,
      input.sampleRateHz,
    );
    checkAv(set, "setting up the resampler");
    checkAv(context.init(), "opening the resampler");
    return context;
  }
}

function inputOf(packet: AudioFramePacket): Input {
  const { sampleRateHz } = packet;
  if (packet instanceof NativeAudioFrame) {
    const frame = packet.avFrame;
    const planes = frame.extendedData ?? [];
    return { format: frame.format as SampleFormat, layout: knownLayout(frame.channelLayout), sampleRateHz, planes };
  }
  const planes = packet.planes.map((plane) => Buffer.from(plane.buffer, plane.byteOffset, plane.byteLength));
  return {
    format: plainFormat(packet),
    layout: requireNodeAv().avChannelLayoutDefault(packet.channels),
    sampleRateHz,
    planes,
  };
}

function plainFormat(packet: AudioFramePacket): SampleFormat {
  const av = requireNodeAv();
  switch (packet.format) {
    case "f32":
      return av.AV_SAMPLE_FMT_FLT;
    case "f32-planar":
      return av.AV_SAMPLE_FMT_FLTP;
    case "s16":
      return av.AV_SAMPLE_FMT_S16;
    default:
      throw new FloeError("av/foreign-frame", "Sound of an unknown layout cannot be given to FFmpeg", {
        fix: "Convert it to f32 or s16 before.",
      });
  }
}

/** Files that do not say where their channels belong get the usual places for their number. */
function knownLayout(layout: ChannelLayout): ChannelLayout {
  const av = requireNodeAv();
  return layout.order === av.AV_CHANNEL_ORDER_UNSPEC ? av.avChannelLayoutDefault(layout.nbChannels) : layout;
}

/** The first `length` floats of some bytes: in place when they are aligned, a copy otherwise. */
function floats(bytes: Uint8Array, length: number): Float32Array {
  if (bytes.byteOffset % FLOAT_BYTES === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, length);
  }
  const copy = bytes.slice(0, length * FLOAT_BYTES);
  return new Float32Array(copy.buffer, copy.byteOffset, length);
}
