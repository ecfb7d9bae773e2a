// The numbers of a broadcast as a person reads them.
import type { PublishStats } from "floe/browser";
import { bitrateWords, type NumberRow } from "./number-rows.js";
import { codecWords } from "./recording-rows.js";

const NONE = "–";

/** All rows, in the order of the page. Without stats each value is a dash, so that nothing moves when they come. */
export function publishRows(stats: PublishStats | undefined): readonly NumberRow[] {
  const { video, audio } = stats ?? {};
  const media = [video, audio].filter((each) => each !== undefined);
  const total = (read: (each: (typeof media)[number]) => number): number | undefined =>
    media.length === 0 ? undefined : media.reduce((sum, each) => sum + read(each), 0);
  const codecs = media.map(({ codec }) => codecWords(codec)).filter((codec) => codec !== "");
  const bitrate = total(({ bitrateBps }) => bitrateBps);
  const roundTripMs = stats?.roundTripMs ?? video?.roundTripMs ?? audio?.roundTripMs;
  const row = (id: string, name: string, value: string | undefined, hint: string, note = ""): NumberRow => ({
    id,
    name,
    value: value ?? NONE,
    hint,
    note,
  });
  return [
    row("sent-resolution", "Resolution", video && size(video), "Pixels that are sent", video?.limitationWords),
    row("sent-codec", "Codec", codecs.join(" + ") || undefined, "Video and audio"),
    row("sent-fps", "Frame rate", video && `${video.fps.toFixed(1)} fps`, "Encoded frames a second"),
    row(
      "sent-bitrate",
      "Bitrate",
      bitrate === undefined ? undefined : bitrateWords(bitrate),
      "Video and audio together",
    ),
    row("sent-rtt", "Round trip", roundTripMs === undefined ? undefined : ms(roundTripMs), "To the server and back"),
    row(
      "sent-lost",
      "Packets lost",
      total((each) => each.packetsLost)?.toString(),
      "Lost for good, as the server says",
    ),
    row(
      "sent-again",
      "Sent again",
      total((each) => each.packetsResent)?.toString(),
      "Packets that the server asked for",
    ),
    row("sent-path", "Path", stats?.path || undefined, "How the media travels"),
  ];
}

function size({ width, height }: { readonly width: number; readonly height: number }): string | undefined {
  return width > 0 ? `${width} × ${height}` : undefined;
}

function ms(value: number): string {
  return value < 0.05 ? "< 0.1 ms" : value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}
