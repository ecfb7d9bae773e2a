// Door "floe/node": the server and its parts. FFmpeg and WebRTC are loaded by what needs them, when it needs them.

export type { AvSource, AvSourceInfo, AvSourcePacket, SourceHealth } from "./av/av-source.js";
export { H264Encoder, type H264EncoderOptions } from "./av/h264-encoder.js";
// Media in Node.
export { type OpenSourceOptions, openSource } from "./av/open-source.js";
export { OpusEncoder, type OpusEncoderOptions } from "./av/opus-encoder.js";
export { VideoScaler, type VideoScalerOptions } from "./av/video-scaler.js";
export { NodeEntropy } from "./crypto/node-entropy.js";
export { openLogger } from "./log/open-logger.js";
export type { LinkTls } from "./net/open-stream.js";
export type { RecordingFormat } from "./record/container.js";
export type { LiveRecording } from "./record/live-recording.js";
export type { MuxedAudio } from "./record/muxed-tracks.js";
export { type BeginRecording, type RecordedFile, Recorder, type RecorderOptions } from "./record/recorder.js";
export type { RecorderEvent, RemovalReason } from "./record/recorder-event.js";
export { Recording, type RecordingOptions } from "./record/recording.js";
export type { RecordedSegment, RecordingFacts, RecordingInfo } from "./record/recording-info.js";
export { recordingFileName } from "./record/recording-name.js";
export type { RecordingGap, RecordingReport, RecordingSink, RecordingState } from "./record/recording-sink.js";
export { TranscodedRecording, type TranscodedRecordingOptions } from "./record/transcoded-recording.js";
export type { PartialServerConfig, ServerConfig } from "./server/config/server-config.js";
export { FloeServer, type FloeServerOptions } from "./server/floe-server.js";
export type { ReceivedPublisher } from "./server/modes/record/received-publisher.js";
export type {
  OpenStreamSource,
  StreamSink,
  StreamSource,
  StreamSourceInfo,
} from "./server/modes/stream/stream-source.js";
export type { ServerEvent } from "./server/server-event.js";
export type { TurnFacts } from "./server/turn/turn-facts.js";
export type { TurnStanding } from "./server/turn/turn-standing.js";
// Threads.
export { hopPort } from "./stream/hop-port.js";
// STUN and TURN.
export { queryStun, type StunAnswer, StunSocket, type StunSocketOptions } from "./stun/stun-socket.js";
export { type SympleAuthenticate, tokenAuthenticator } from "./symple/authenticate.js";
export { NodeSympleClient } from "./symple/node-symple-client.js";
// Signalling.
export { SympleSocketServer, type SympleSocketServerOptions } from "./symple/symple-socket-server.js";
export type { VirtualPeer } from "./symple/virtual-peer.js";
// Ports of this runtime.
export { NodeClock } from "./time/node-clock.js";
export { TurnClient } from "./turn/client/turn-client.js";
export type {
  IncomingPeer,
  RefusedPeer,
  RelayedData,
  TurnAllocation,
  TurnClientReport,
  TurnConnectOptions,
} from "./turn/client/turn-client-options.js";
// TURN.
export { TurnServer } from "./turn/turn-server.js";
export type { TurnReport, TurnServerEvent, TurnServerOptions, TurnTls } from "./turn/turn-server-options.js";
