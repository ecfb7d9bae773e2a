// When a recording flashes and beeps, as a player would show and play it.
import type { CodecContext } from "node-av/lib";
import { loadNodeAv, type NodeAv } from "../../../src/node/av/load-node-av.js";

const FLASH_LUMA = 150;
const BEEP_LEVEL = 0.05;

/** Milliseconds from the beginning of the file. */
export type FlashesAndBeeps = { readonly flashesMs: readonly number[]; readonly beepsMs: readonly number[] };

/** Decodes a whole file with one picture and one sound. Throws when it cannot be opened. */
export async function flashesAndBeeps(path: string): Promise<FlashesAndBeeps> {
  const av = await loadNodeAv();
  const format = new av.FormatContext();
  if ((await format.openInput(path)) < 0) {
    throw new Error(`${path} cannot be opened`);
  }
  await format.findStreamInfo();
  const [flashesMs, beepsMs] = [[], []] as [number[], number[]];
  const decoders = format.streams.map(({ codecpar }) => openDecoder(av, codecpar));
  const was = format.streams.map(() => true);
  const frame = new av.Frame();
  frame.alloc();
  const packet = new av.Packet();
  packet.alloc();
  while (format.readFrameSync(packet) >= 0) {
    const { streamIndex, pts } = packet;
    const { timeBase, codecpar } = format.streams[streamIndex];
    const isVideo = codecpar.codecType === av.AVMEDIA_TYPE_VIDEO;
    const decoder = decoders[streamIndex];
    const startMs = (1000 * Number(pts) * timeBase.num) / timeBase.den;
    decoder.sendPacketSync(packet);
    packet.unref();
    while (decoder.receiveFrameSync(frame) >= 0) {
      const afterMs = isVideo ? flashIn(frame) : beepIn(frame);
      if (afterMs !== undefined && !was[streamIndex]) {
        (isVideo ? flashesMs : beepsMs).push(startMs + afterMs);
      }
      was[streamIndex] = afterMs !== undefined;
      frame.unref();
    }
  }
  packet.free();
  frame.free();
  for (const decoder of decoders) {
    decoder.freeContext();
  }
  await format.closeInput();
  return { flashesMs, beepsMs };
}

type Frame = InstanceType<NodeAv["Frame"]>;

/** 0 when the middle of the picture is bright. */
function flashIn(frame: Frame): number | undefined {
  const [luma] = frame.data as readonly Buffer[];
  const middle = frame.linesize[0] * (frame.height >> 1) + (frame.width >> 1);
  return luma[middle] > FLASH_LUMA ? 0 : undefined;
}

/** Milliseconds to the first loud sample of the first channel. */
function beepIn(frame: Frame): number | undefined {
  const [plane] = frame.extendedData as readonly Buffer[];
  const samples = new Float32Array(plane.buffer, plane.byteOffset, frame.nbSamples);
  const first = samples.findIndex((sample) => Math.abs(sample) > BEEP_LEVEL);
  return first < 0 ? undefined : (1000 * first) / frame.sampleRate;
}

/** Pictures come out as they go in; sound as planes of floats. */
function openDecoder(av: NodeAv, parameters: InstanceType<NodeAv["CodecParameters"]>): CodecContext {
  const codec = av.Codec.findDecoder(parameters.codecId);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  parameters.toContext(context);
  context.threadCount = 1;
  context.open2Sync(codec);
  return context;
}
