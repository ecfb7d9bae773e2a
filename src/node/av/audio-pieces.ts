// Pieces of sound made or cut by hand: silence, and a part of a decoded frame.
import type { Frame } from "node-av/lib";
import { checkAv } from "./av-error.js";
import { allocateFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";

/** What a run of samples looks like. */
export type SampleShape = Pick<Frame, "format" | "sampleRate" | "channelLayout">;

/** A new frame of silence; the caller frees it. */
export function silentFrame(shape: SampleShape, sampleCount: number): Frame {
  const frame = emptyFrame(shape, sampleCount);
  // Zero is silence in every signed and float format; unsigned 8-bit rests in the middle.
  const av = requireNodeAv();
  const isUnsigned = shape.format === av.AV_SAMPLE_FMT_U8 || shape.format === av.AV_SAMPLE_FMT_U8P;
  for (const plane of frame.extendedData ?? []) {
    plane.fill(isUnsigned ? 0x80 : 0);
  }
  return frame;
}

/** A new frame with samples `from` to `from + sampleCount` of `source`; the caller frees both. */
export function sliceFrame(source: Frame, from: number, sampleCount: number): Frame {
  const frame = emptyFrame(source, sampleCount);
  const sampleBytes = bytesPerSample(source);
  const planes = frame.extendedData ?? [];
  for (const [index, plane] of (source.extendedData ?? []).entries()) {
    planes[index].set(plane.subarray(from * sampleBytes, (from + sampleCount) * sampleBytes));
  }
  return frame;
}

function emptyFrame(shape: SampleShape, sampleCount: number): Frame {
  const frame = allocateFrame();
  frame.format = shape.format;
  frame.sampleRate = shape.sampleRate;
  frame.channelLayout = shape.channelLayout;
  frame.nbSamples = sampleCount;
  checkAv(frame.getBuffer(), "allocating sound");
  return frame;
}

/** Bytes of one sample in one plane: all channels when interleaved. */
function bytesPerSample(frame: Frame): number {
  const av = requireNodeAv();
  const format = frame.format as Parameters<typeof av.avGetBytesPerSample>[0];
  return av.avGetBytesPerSample(format) * (av.avSampleFmtIsPlanar(format) ? 1 : frame.channels);
}
