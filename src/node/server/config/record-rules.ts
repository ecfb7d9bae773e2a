// What ties the keys of record mode together.
import { FloeError } from "../../../core/error/floe-error.js";
import { containerOf, formatsFor } from "../../record/container.js";
import { isLoopback } from "./exposure.js";
import type { ServerConfig } from "./server-config.js";

type RecordConfig = ServerConfig["media"]["record"];

/** What the receiving side takes, the preferred one first. */
const RECEIVED: readonly ("h264" | "vp8")[] = ["h264", "vp8"];

/** The video codecs that publishers may send, the preferred one first. */
export function recordedVideoCodecs({ format, videoCodec, transcode }: RecordConfig): readonly ("h264" | "vp8")[] {
  // What is decoded need not fit the container.
  const fitting = transcode ? RECEIVED : RECEIVED.filter((codec) => containerOf(format).video.includes(codec));
  return videoCodec === "auto" ? fitting : fitting.filter((codec) => codec === videoCodec);
}

/** Throws FloeError `config/record-pair` for a codec or a way of recording that the format does not take, and says which does. */
export function requireRecordRules({ media }: Pick<ServerConfig, "media">): void {
  const { format, videoCodec, transcode } = media.record;
  if (transcode && format !== "mp4") {
    throw new FloeError(
      "config/record-pair",
      `media.record.transcode makes H.264 and AAC in MP4, and media.record.format is ${format}`,
      { fix: `Set media.record.format to mp4, or leave media.record.transcode off to write ${format} as it comes.` },
    );
  }
  if (videoCodec !== "auto" && recordedVideoCodecs(media.record).length === 0) {
    const formats = formatsFor({ video: videoCodec }).join(" or ");
    const codecs = containerOf(format).video.join(" or ");
    throw new FloeError("config/record-pair", `a recording as ${format} cannot hold ${videoCodec}`, {
      fix: `Set media.record.format to ${formats}, or media.record.videoCodec to ${codecs}.`,
    });
  }
}

/**
 * Throws FloeError `config/insecure` when strangers could fill the disk and take away what others recorded; `http.insecure`
 * does not open that.
 */
export function requireRecordAccess({ http, auth, media }: Pick<ServerConfig, "http" | "auth" | "media">): void {
  if (media.mode === "record" && !isLoopback(http.host) && auth.token.isEmpty) {
    throw new FloeError(
      "config/insecure",
      `recording on ${http.host} without a token would let anyone fill the disk, and read and delete what others recorded`,
      { fix: "Set FLOE_AUTH_TOKEN, or listen on 127.0.0.1; --insecure does not open recording." },
    );
  }
}
