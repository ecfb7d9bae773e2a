// Door "floe/browser": watching a server from a page, and WebCodecs as stages of a graph. The custom element is the door "floe/player".
import "./symbol-dispose.js";

export type { CheckFault, CheckStep, CheckStepName } from "../core/check/check-step.js";
export type { CheckVerdict } from "../core/check/judge-report.js";
export { CanvasSink } from "./av/canvas-sink.js";
export { VideoTrackSource, type VideoTrackSourceOptions } from "./av/video-track-source.js";
export { WebVideoDecoder, type WebVideoDecoderOptions } from "./av/web-video-decoder.js";
export { WebVideoEncoder, type WebVideoEncoderOptions } from "./av/web-video-encoder.js";
export { WebVideoFrame } from "./av/web-video-frame.js";
export { type ConnectionReport, checkConnection } from "./check/check-connection.js";
export type { CheckConnectionOptions, CheckDeadlines } from "./check/check-options.js";
export { BrowserEntropy } from "./crypto/browser-entropy.js";
export { type HopEnd, hopPort } from "./stream/hop-port.js";
export { BrowserSympleClient, type BrowserSympleClientOptions } from "./symple/symple-client.js";
export { BrowserClock } from "./time/browser-clock.js";
export { WatchSession, type WatchSessionOptions } from "./webrtc/watch-session.js";
export type { WatchAudioStats, WatchMediaStats, WatchStats, WatchVideoStats } from "./webrtc/watch-stats.js";
