// What the files of a recording tell whose process was killed: read packet by packet, because nobody could write it down.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { asFloeError } from "../av/av-error.js";
import { type DemuxedTrack, Demuxer, type TrackKind } from "../av/demuxer.js";
import { freePacket } from "../av/live-handles.js";
import { requireNodeAv } from "../av/load-node-av.js";
import type { RecordingFolder } from "./recording-folder.js";
import type { RecordedSegment, RecordingFacts } from "./recording-info.js";

type FileContent = Pick<RecordingFacts, "durationMs" | "video" | "audio">;

/** Packets that are read, about an hour and a half of both media. What lies behind is estimated by its bytes. */
const MAX_PACKETS = 500_000;
/** Reads between two pauses, some five milliseconds of work, and the pause: half a core at most. */
const READS_IN_A_ROW = 512;
const PAUSE_MS = 5;

/** The facts with what the files say; with the error, when one cannot be read. Never rejects; after an abort they are worth nothing. */
export async function readInterrupted(
  facts: RecordingFacts,
  folder: RecordingFolder,
  signal: AbortSignal,
): Promise<RecordingFacts> {
  let read: RecordingFacts = { ...facts, durationMs: 0 };
  for (const segment of facts.segments) {
    try {
      read = joined(read, await readFile(folder.path, segment, signal));
    } catch (error) {
      const { code, message } = asFloeError(error, "reading a recording");
      return { ...read, state: "failed", error: { code, message: folder.withoutPath(message) } };
    }
  }
  return read;
}

function joined(facts: RecordingFacts, { durationMs, video, audio }: FileContent): RecordingFacts {
  return {
    ...facts,
    durationMs: facts.durationMs + durationMs,
    ...(video === undefined ? {} : { video: { ...video, frames: video.frames + (facts.video?.frames ?? 0) } }),
    ...(audio === undefined ? {} : { audio: { ...audio, packets: audio.packets + (facts.audio?.packets ?? 0) } }),
  };
}

async function readFile(
  folder: string,
  { fileName, bytes }: RecordedSegment,
  signal: AbortSignal,
): Promise<FileContent> {
  signal.throwIfAborted();
  const demuxer = await Demuxer.open(join(folder, fileName));
  const interrupt = (): void => demuxer.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    const counted = await countPackets(demuxer, signal);
    signal.throwIfAborted();
    const scale = counted.isWhole || counted.endByte === 0 ? 1 : Math.max(1, bytes / counted.endByte);
    const { video, audio } = demuxer.tracks;
    const endUs = Math.max(demuxer.endUs("video") ?? 0, demuxer.endUs("audio") ?? 0);
    return {
      durationMs: Math.round((Math.max(0, endUs - (demuxer.startUs ?? 0)) * scale) / 1000),
      ...(video === undefined ? {} : { video: { ...pictureOf(video), frames: Math.round(counted.video * scale) } }),
      ...(audio === undefined
        ? {}
        : { audio: { codec: codecName(audio), packets: Math.round(counted.audio * scale) } }),
    };
  } finally {
    signal.removeEventListener("abort", interrupt);
    await demuxer.close();
  }
}

type Counted = Record<TrackKind, number> & { readonly endByte: number; readonly isWhole: boolean };

async function countPackets(demuxer: Demuxer, signal: AbortSignal): Promise<Counted> {
  const counts = { video: 0, audio: 0 };
  const open = new Set<TrackKind>((["video", "audio"] as const).filter((kind) => demuxer.tracks[kind] !== undefined));
  let endByte = 0;
  let reads = 0;
  for (let kind = firstOf(open); kind !== undefined && !signal.aborted; ) {
    const packet = await demuxer.next(kind);
    if (packet === "end") {
      open.delete(kind);
      kind = firstOf(open);
      continue;
    }
    if (packet === "starved") {
      kind = kind === "video" ? "audio" : "video";
      continue;
    }
    endByte = Math.max(endByte, Number(packet.pos) + packet.size);
    counts[kind]++;
    freePacket(packet);
    if (counts.video + counts.audio >= MAX_PACKETS) {
      return { ...counts, endByte, isWhole: false };
    }
    if (++reads % READS_IN_A_ROW === 0) {
      await pause(PAUSE_MS);
    }
  }
  return { ...counts, endByte, isWhole: true };
}

function firstOf(kinds: ReadonlySet<TrackKind>): TrackKind | undefined {
  return kinds.values().next().value;
}

function pictureOf(track: DemuxedTrack): { codec: string; width: number; height: number } {
  const { width, height } = track.codecParameters;
  return { codec: codecName(track), width, height };
}

/** Names as in session descriptions; FFmpeg's number for anything that no recorder of ours writes. */
function codecName({ codecParameters: { codecId } }: DemuxedTrack): string {
  const av = requireNodeAv();
  const names = new Map<number, string>([
    [av.AV_CODEC_ID_H264, "h264"],
    [av.AV_CODEC_ID_VP8, "vp8"],
    [av.AV_CODEC_ID_OPUS, "opus"],
    [av.AV_CODEC_ID_AAC, "aac"],
  ]);
  return names.get(codecId) ?? String(codecId);
}
