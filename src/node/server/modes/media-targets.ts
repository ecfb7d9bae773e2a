// What `media.video` and `media.audio` ask of encoders.
import type { AudioTarget } from "../../../core/media/audio-target.js";
import type { VideoTarget } from "../../../core/media/video-target.js";
import type { ServerConfig } from "../config/server-config.js";

/** The settings as targets. */
export function mediaTargets({ video, audio }: Pick<ServerConfig["media"], "video" | "audio">): {
  readonly video: VideoTarget;
  readonly audio: AudioTarget;
} {
  return {
    video: { width: video.width, height: video.height, fps: video.fps, bitrateBps: video.bitrate },
    audio: { sampleRateHz: audio.sampleRate, channels: audio.channels, bitrateBps: audio.bitrate },
  };
}
