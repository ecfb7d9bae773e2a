// Door "floe": what runs the same in Node and in browsers. Explicit names only.

export type { Entropy } from "./crypto/entropy.js";
export type { LogFormat, LogLevel } from "./diagnosis/log-line.js";
export type { LoggerOptions, LogSink } from "./diagnosis/log-output.js";
export { Logger } from "./diagnosis/logger.js";
export { maskUrl } from "./diagnosis/mask-url.js";
export { Secret } from "./diagnosis/secret.js";
// Ground: errors, time, signals, machines, logging.
export { FloeError, WireError } from "./error/floe-error.js";
// Kernels and their memory.
export { Arena, type ArenaOptions, type Region } from "./kernel/arena.js";
export type { KernelSide } from "./kernel/bind-kernel.js";
export type { KernelCounter, Kernels } from "./kernel/kernel.js";
export type { KernelMemory } from "./kernel/kernel-memory.js";
export { type KernelSource, type LoadKernelsOptions, loadKernels } from "./kernel/load-kernels.js";
export { type RtpStamp, RtpStamper } from "./kernel/rtp-stamp.js";
export { SlotFlags, SlotRing, type SlotRingOptions } from "./kernel/slot-ring.js";
export type { AudioTarget } from "./media/audio-target.js";
export { type I420Planes, type Nv12Planes, PictureConverter } from "./media/picture-converter.js";
export type { Plane } from "./media/plane.js";
export { readStampLuma, readStampRgba } from "./media/read-stamp.js";
export { SampleConverter } from "./media/sample-converter.js";
// Sources and the test picture's stamp.
export { parseSourceNoun, type SourceNoun } from "./media/source-noun.js";
export { type Stamp, stampAgeMs, writeStamp } from "./media/stamp.js";
export type { VideoTarget } from "./media/video-target.js";
export type { Machine } from "./net/machine.js";
export { MachineDriver } from "./net/machine-driver.js";
export {
  formatIpAddress,
  formatTransportAddress,
  type IpFamily,
  parseIpAddress,
  type TransportAddress,
} from "./net/transport-address.js";
// Payload formats.
export { g711PayloadWriter } from "./payload/g711/g711-payload.js";
export { AnnexbScanner } from "./payload/h264/annexb-scanner.js";
export { H264Depacketizer } from "./payload/h264/h264-depacketizer.js";
export {
  H264Packetizer,
  type H264PacketizerOptions,
  type PacketizedAccessUnit,
} from "./payload/h264/h264-packetizer.js";
export { H264PayloadWriter } from "./payload/h264/h264-payload-writer.js";
export { OpusFramer, type OpusFramerOptions } from "./payload/opus/opus-framer.js";
export { opusPayloadWriter } from "./payload/opus/opus-payload.js";
export type { Vp8DropReason } from "./payload/vp8/vp8-assembler.js";
export type { Vp8Size } from "./payload/vp8/vp8-frame-header.js";
export type { WholeFrameWriter } from "./payload/whole-frame-writer.js";
export { RtpBatchParser, type RtpBatchParserOptions } from "./rtp/batch/rtp-batch-parser.js";
export { RtpStatus } from "./rtp/batch/rtp-record.js";
export { type RtpRewrite, type RtpRewriteMap, RtpRewriter } from "./rtp/batch/rtp-rewriter.js";
export { EncodedTrack, type EncodedTrackOptions } from "./rtp/encoded-track.js";
export { headerExtensionBlock, playoutDelayValue } from "./rtp/header-extension.js";
export { MediaAnchor } from "./rtp/media-anchor.js";
export { PacketRing } from "./rtp/packet-ring.js";
export type { BitrateEstimateOptions } from "./rtp/receive/bitrate-estimate.js";
export { MediaClock, type StreamClock } from "./rtp/receive/media-clock.js";
export type { PlayoutDelayOptions } from "./rtp/receive/playout-delay.js";
export type { ReceivedPacket } from "./rtp/receive/received-packet.js";
export { RtpIntake, type RtpIntakeCounters, type RtpIntakeOptions } from "./rtp/receive/rtp-intake.js";
export type { RtpReceiver } from "./rtp/receive/rtp-receiver.js";
export type { RtpReceiverCounters, RtpReceiverOptions, RtpReceiverReport } from "./rtp/receive/rtp-receiver-options.js";
export type { ReportBlock, RtcpMessage, SenderReport } from "./rtp/rtcp/rtcp-message.js";
export { parseRtcp } from "./rtp/rtcp/rtcp-parse.js";
// RTP and RTCP.
export { isRtcp, RtpPacket } from "./rtp/rtp-packet.js";
export { RtpSender, type RtpSenderOptions, type RtxStream, type SendPacket } from "./rtp/rtp-sender.js";
export { SequenceUnwrapper, sequenceDistance } from "./rtp/sequence.js";
// SDP, negotiation, sessions.
export { parseSdp } from "./sdp/parse-sdp.js";
export type { MediaDescription, SessionDescription } from "./sdp/session-description.js";
export { writeSdp } from "./sdp/write-sdp.js";
export { type ListenerOptions, Signal } from "./signal/signal.js";
export { BandEnergies, type BandEnergiesOptions } from "./speech/band-energies.js";
// Stages: encoded media to RTP and back, and a network to try it on.
export { H264ToRtp, type H264ToRtpOptions } from "./stages/h264-to-rtp.js";
export { OpusToRtp } from "./stages/opus-to-rtp.js";
export {
  PlainRtpAudio,
  PlainRtpVideo,
  RtpAudio,
  type RtpAudioPacket,
  type RtpMediaInit,
  RtpVideo,
  type RtpVideoPacket,
} from "./stages/rtp-media.js";
export { rtpAudioCodec, rtpVideoCodec } from "./stages/rtp-media-codec.js";
export type { RtpOutputOptions } from "./stages/rtp-output.js";
export { type DroppedPicture, type H264Format, RtpToH264, type RtpToH264Options } from "./stages/rtp-to-h264.js";
export { RtpToOpus } from "./stages/rtp-to-opus.js";
export { type DroppedVp8Picture, RtpToVp8, type RtpToVp8Counters, type RtpToVp8Options } from "./stages/rtp-to-vp8.js";
export { type LinkConditions, SeededLink, type SeededLinkOptions } from "./stages/seeded-link.js";
export type { Demand, Emit, ExternalSource, Processor, Retention, Sink, SinkObject, Source } from "./stream/adapter.js";
export type { ChromeTrace, ChromeTraceEvent } from "./stream/chrome-trace.js";
export { PlainEncodedAudio, PlainEncodedVideo } from "./stream/encoded-packet.js";
export { FlagPacket } from "./stream/flag-packet.js";
export type { BudgetReport, Overrun, OverrunPart } from "./stream/frame-budget.js";
export { PlainAudioFrame, PlainVideoFrame } from "./stream/frame-packet.js";
export type { GraphReport } from "./stream/graph-report.js";
export type { HopOptions, MainHopOptions } from "./stream/hop/add-hop.js";
export {
  type ContractWay,
  type HopContract,
  type HopContractOptions,
  type HopKind,
  type HopWay,
  hopContract,
  type PacketOf,
} from "./stream/hop/hop-contract.js";
export type { HopListener, HopPort } from "./stream/hop/hop-port.js";
export type { PacketCodec } from "./stream/hop/packet-codec.js";
export {
  bytesFieldLength,
  type PacketFieldReader,
  type PacketFieldWriter,
  textFieldLength,
} from "./stream/hop/packet-fields.js";
export { type HopHalf, type ServeHopOptions, serveHop } from "./stream/hop/serve-hop.js";
export {
  AudioFrame,
  type AudioFramePacket,
  EncodedAudio,
  type EncodedAudioPacket,
  EncodedVideo,
  type EncodedVideoPacket,
  VideoFrame,
  type VideoFramePacket,
} from "./stream/media-packet.js";
export { definePacket, type Packet, PacketFlags, type PacketKind } from "./stream/packet.js";
// The graph.
export type { WhenFull } from "./stream/packet-queue.js";
export {
  type BranchOptions,
  PacketStream,
  type PacketStreamOptions,
  type QueueOptions,
  type StartOptions,
} from "./stream/packet-stream.js";
export { policePackets } from "./stream/policing.js";
export { RawPacket } from "./stream/raw-packet.js";
export type { StreamState } from "./stream/stream-state.js";
export { BindingServer } from "./stun/binding-server.js";
// STUN and TURN.
export { parseStunServerUrl, type StunServerUrl } from "./stun/server-url.js";
export { StunClient, type StunClientOptions } from "./stun/stun-client.js";
export { StunAttribute, StunClass, StunMethod } from "./stun/stun-constants.js";
export { StunKey } from "./stun/stun-key.js";
export { isStun, StunMessage } from "./stun/stun-message.js";
export { StunVerdict, StunVerifier } from "./stun/stun-verifier.js";
export { StunWriter } from "./stun/stun-writer.js";
// Symple v4.
export { type Address, formatAddress, parseAddress } from "./symple/address.js";
export { SympleClient, type SympleClientOptions } from "./symple/symple-client.js";
export { SympleServer } from "./symple/symple-server.js";
export { sympleSignaller } from "./symple/symple-signaller.js";
export type { Clock } from "./time/clock.js";
export { ManualClock } from "./time/manual-clock.js";
export {
  type MediaMicros,
  type Micros,
  milliseconds,
  type RtpTicks,
  rtpTicks,
  seconds,
  type WallMicros,
} from "./time/units.js";
export type { TurnClientInput, TurnClientOutput, TurnFailure } from "./turn/client/client-io.js";
export type { TurnClientOptions } from "./turn/client/client-options.js";
export { TurnClientMachine } from "./turn/client/turn-client-machine.js";
export type { TurnDataInput, TurnDataMachine, TurnDataOutput } from "./turn/client/turn-data-machine.js";
export { RelayBatch, type RelayBatchOptions } from "./turn/relay-batch.js";
export { DONT_FRAGMENT_FLAG, RELAY_RECORD_WORDS, RelayKind, RelayWord } from "./turn/relay-record.js";
export {
  CombinedCredentials,
  type CredentialAnswer,
  type CredentialQuery,
  EphemeralCredentials,
  ephemeralCredentials,
  StaticCredentials,
  type TurnCredentials,
} from "./turn/server/credentials.js";
export type { TurnServerReport } from "./turn/server/server-counters.js";
export type { RelayPort, TurnServerInput, TurnServerOutput } from "./turn/server/server-io.js";
export type { TurnLimits } from "./turn/server/server-limits.js";
export { TurnServerMachine, type TurnServerMachineOptions } from "./turn/server/turn-server-machine.js";
export { BlockDifference, type BlockDifferenceOptions } from "./vision/block-difference.js";
export { type LocalAnswerParameters, writeAnswer } from "./webrtc/answer.js";
export type { IceCandidate } from "./webrtc/ice-candidate.js";
export {
  MediaReceiver,
  type MediaReceiverOptions,
  type MediaReceiverReport,
  type ReceivedMedia,
} from "./webrtc/media-receiver.js";
export type { MediaTransport } from "./webrtc/media-transport.js";
export { planAnswer } from "./webrtc/negotiation.js";
export {
  type LocalCapabilities,
  type RecordedCodecs,
  recordingCapabilities,
  type StreamedCodecs,
  streamingCapabilities,
} from "./webrtc/negotiation-capabilities.js";
export { type AnswerPlan, type MediaSectionPlan, receivingSections } from "./webrtc/negotiation-plan.js";
export { PeerSession } from "./webrtc/peer-session.js";
export { describeEnd, type EndReason, type PeerSessionState } from "./webrtc/peer-session-state.js";
export type { PeerTransport } from "./webrtc/peer-transport.js";
export { ReceiveMemory } from "./webrtc/receive-memory.js";
export type { ReceivedTrackReport } from "./webrtc/received-track.js";
export type { Signaller, SignallingMessage } from "./webrtc/signaller.js";
export { TrackSender, type TrackSenderOptions, type TrackSenderStats } from "./webrtc/track-sender.js";
