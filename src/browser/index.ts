// Door "floe/browser": watching a server from a page, publishing to one, and WebCodecs as stages of a graph. The custom element is the door "floe/player".
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
export { devicesUnavailable, type PageContext } from "./devices/device-fault.js";
export { listDevices, type MediaDeviceChoice, type MediaDeviceChoices } from "./devices/list-devices.js";
export { type CameraWish, type MicrophoneWish, type OpenDevicesOptions, openDevices } from "./devices/open-devices.js";
export { type PublishClient, type PublishOptions, publish } from "./publish/publish.js";
export { type HopEnd, hopPort } from "./stream/hop-port.js";
export { BrowserSympleClient, type BrowserSympleClientOptions } from "./symple/symple-client.js";
export { BrowserClock } from "./time/browser-clock.js";
export type { CallOptions } from "./webrtc/caller-call.js";
export type { PublishMediaOptions } from "./webrtc/publish-media.js";
export { PublishSession, type PublishSessionOptions } from "./webrtc/publish-session.js";
export type {
  PublishAudioStats,
  PublishLimitation,
  PublishMediaStats,
  PublishStats,
  PublishVideoStats,
} from "./webrtc/publish-stats.js";
export type { PublishVideoCodec } from "./webrtc/video-codecs.js";
export { WatchSession, type WatchSessionOptions } from "./webrtc/watch-session.js";
export type { WatchAudioStats, WatchMediaStats, WatchStats, WatchVideoStats } from "./webrtc/watch-stats.js";
