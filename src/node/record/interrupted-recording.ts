// What the files of a recording tell whose process was killed: read packet by packet, because nobody could write it down.
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { asFloeError } from "../av/av-error.js";
import { type DemuxedTrack, Demuxer, type TrackKind, ticksToUs } from "../av/demuxer.js";
import { freePacket } from "../av/live-handles.js";
import { requireNodeAv } from "../av/load-node-av.js";
import type { RecordingFolder } from "./recording-folder.js";
import type { RecordedSegment, RecordingFacts } from "./recording-info.js";

type FileContent = Pick<RecordingFacts, "durationMs" | "video" | "audio">;

type ReadLimits = { readonly signal: AbortSignal; readonly maxPackets: number };

/** Packets that are read of a file, about an hour and a half of both media. What lies behind is estimated by its bytes. */
const MAX_PACKETS = 500_000;
/** Reads between two pauses, some five milliseconds of work, and the pause: half a core at most. */
const READS_IN_A_ROW = 512;
const PAUSE_MS = 5;

/**
 * The facts with what the files say, and with the error of one that cannot be read; `failed` when none can. Never rejects; after an
 * abort they are worth nothing.
 */
export async function readInterrupted(
  facts: RecordingFacts,
  folder: RecordingFolder,
  { signal, maxPackets = MAX_PACKETS }: Partial<ReadLimits> & Pick<ReadLimits, "signal">,
): Promise<RecordingFacts> {
  const { video: _video, audio: _audio, ...known } = facts;
  let read: RecordingFacts = { ...known, durationMs: 0 };
  let readable = 0;
  let error: RecordingFacts["error"];
  for (const segment of facts.segments) {
    try {
      read = joined(read, await readFile(folder.path, segment, { signal, maxPackets }));
      readable++;
    } catch (cause) {
      const { code, message } = asFloeError(cause, "reading a recording");
      error ??= { code, message: folder.withoutPath(message) };
    }
  }
  return { ...read, ...(error === undefined ? {} : { error }), ...(readable === 0 ? { state: "failed" } : {}) };
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
  limits: ReadLimits,
): Promise<FileContent> {
  const { signal } = limits;
  signal.throwIfAborted();
  const demuxer = await Demuxer.open(join(folder, fileName));
  const interrupt = (): void => demuxer.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    const counted = await countPackets(demuxer, limits);
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

/** Both media side by side, so that where it stops they have come equally far. */
async function countPackets(demuxer: Demuxer, { signal, maxPackets }: ReadLimits): Promise<Counted> {
  const counts = { video: 0, audio: 0 };
  const open = (["video", "audio"] as const).flatMap((kind) => {
    const { timeBase } = demuxer.tracks[kind] ?? {};
    return timeBase === undefined ? [] : { kind, timeBase, endUs: Number.NEGATIVE_INFINITY };
  });
  let endByte = 0;
  for (let reads = 0; open.length > 0 && reads < maxPackets && !signal.aborted; reads++) {
    open.sort((one, other) => one.endUs - other.endUs);
    const [behind, other] = open;
    let packet = await demuxer.next(behind.kind);
    if (packet === "starved") {
      packet = await demuxer.next(other.kind);
    }
    if (typeof packet === "string") {
      open.shift();
      continue;
    }
    const track = packet.streamIndex === demuxer.tracks[behind.kind]?.index ? behind : other;
    track.endUs = ticksToUs(packet.pts + packet.duration, track.timeBase);
    counts[track.kind]++;
    endByte = Math.max(endByte, Number(packet.pos) + packet.size);
    freePacket(packet);
    if (reads % READS_IN_A_ROW === READS_IN_A_ROW - 1) {
      await pause(PAUSE_MS);
    }
  }
  return { ...counts, endByte, isWhole: open.length === 0 };
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
