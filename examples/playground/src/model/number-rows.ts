// The player's numbers as a person reads them.
import type { PlayerStats } from "floe/player";

/** One number with its name. `id` is stable; `hint` explains the number; `note` stands under it, "" for none. */
export type NumberRow = {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly hint: string;
  readonly note: string;
};

const NONE = "–";

/** All rows, in the order of the page. Without stats each value is a dash, so that nothing moves when they come. */
export function numberRows(stats: PlayerStats | undefined): readonly NumberRow[] {
  const video = stats?.video;
  const audio = stats?.audio;
  const lost = video === undefined && audio === undefined ? undefined : packetsLost(stats);
  const bitrate = totalBitrateBps(stats);
  return [
    row("resolution", "Resolution", video && video.width > 0 ? `${video.width} × ${video.height}` : NONE, "Pixels"),
    row("codec", "Codec", codecs(stats), "Video and audio"),
    row("fps", "Frame rate", video ? `${video.fps.toFixed(1)} fps` : NONE, "Decoded frames a second"),
    row("bitrate", "Bitrate", bitrate === undefined ? NONE : bitrateWords(bitrate), "Video and audio together"),
    latencyRow(stats),
    row("buffer", "Jitter buffer", ms(video?.jitterBufferMs), "How long the browser holds a frame back"),
    row("rtt", "Round trip", ms(stats?.roundTripMs), "To the server and back"),
    row("lost", "Packets lost", lost === undefined ? NONE : `${lost}`, "Lost for good; resent ones do not count"),
    row("freezes", "Freezes", video ? freezes(video.freezeCount, video.freezeMs) : NONE, "Since the call began"),
    row("first-frame", "First picture", ms(stats?.firstFrameMs), "From Watch to the first picture"),
  ];
}

function row(id: string, name: string, value: string, hint: string, note = ""): NumberRow {
  return { id, name, value, hint, note };
}

function latencyRow(stats: PlayerStats | undefined): NumberRow {
  const name = "Latency";
  const reading = stats?.latency ?? { kind: "none" };
  switch (reading.kind) {
    case "measured":
      return row("latency", name, ms(reading.medianMs), "From capture to this screen", "by the stamp in the picture");
    case "clocks-differ":
      return row("latency", name, "Clocks differ", "The server and this device do not agree on the time");
    case "none":
      return estimateRow(name, stats);
    default:
      return reading satisfies never;
  }
}

/** Without a stamp the camera's and the encoder's share cannot be known from here: what the way and the buffer take. */
function estimateRow(name: string, stats: PlayerStats | undefined): NumberRow {
  const bufferMs = stats?.video?.jitterBufferMs ?? stats?.audio?.jitterBufferMs;
  const hint = "Half the round trip and the jitter buffer; camera and encoder come on top";
  return bufferMs === undefined
    ? row("latency", name, NONE, hint)
    : row(
        "latency",
        name,
        `≥ ${ms(bufferMs + (stats?.roundTripMs ?? 0) / 2)}`,
        hint,
        "by network and buffer statistics",
      );
}

function packetsLost(stats: PlayerStats | undefined): number {
  return (stats?.video?.packetsLost ?? 0) + (stats?.audio?.packetsLost ?? 0);
}

function codecs(stats: PlayerStats | undefined): string {
  const names = [stats?.video?.codec, stats?.audio?.codec].filter((name) => name !== undefined && name !== "");
  return names.length === 0 ? NONE : names.map(codecName).join(" + ");
}

function codecName(name: string | undefined): string {
  const known: { readonly [name: string]: string } = { H264: "H.264", opus: "Opus", PCMU: "G.711 µ", PCMA: "G.711 A" };
  return known[name ?? ""] ?? name ?? NONE;
}

/** Picture and sound together, bits a second; undefined while neither is there. */
export function totalBitrateBps(stats: PlayerStats | undefined): number | undefined {
  if (stats?.video === undefined && stats?.audio === undefined) {
    return undefined;
  }
  return (stats.video?.bitrateBps ?? 0) + (stats.audio?.bitrateBps ?? 0);
}

/** A bitrate with its unit. */
export function bitrateWords(bps: number): string {
  return bps >= 1_000_000 ? `${(bps / 1_000_000).toFixed(2)} Mb/s` : `${Math.round(bps / 1000)} kb/s`;
}

function ms(value: number | undefined): string {
  if (value !== undefined && value >= 0 && value < 0.05) {
    return "< 0.1 ms";
  }
  return value === undefined ? NONE : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

function freezes(count: number, totalMs: number): string {
  return count === 0 ? "0" : `${count} (${(totalMs / 1000).toFixed(1)} s)`;
}
