// The one place where configuration keys are made: default, allowed values, environment name, flag, help.
// The file parser, the flags, the help text and the table in README.md are all read from here.
import * as v from "valibot";
import { LOG_LEVELS } from "../../../core/diagnosis/log-line.js";
import { RECORDING_FORMATS } from "../../record/container.js";
import { TRANSPORT_NAMES } from "../../webrtc/transport-library.js";
import { addressRangeList, iceServerList, ipAddress, ipAddressList, udpPorts } from "./network-kinds.js";
import type { PartialServerConfig, ServerConfig } from "./server-config.js";
import { realmText, turnUsers } from "./turn-kinds.js";
import {
  evenNumber,
  filePath,
  folderPath,
  hostName,
  oneNumberOf,
  oneOf,
  originList,
  playoutDelay,
  secretText,
  sourceText,
  sympleName,
  type ValueKind,
  wholeNumber,
  yesOrNo,
} from "./value-kinds.js";

/** What people read about a key, and the names it has outside the file. */
export type KeyAbout = {
  /** One or two sentences, the same as at the key in server-config.ts. */
  readonly help: string;
  /** Environment variable; without it, FLOE_ and the key's path in capitals. */
  readonly env?: string;
  /** The flag; keys without one are set by file or environment only. */
  readonly flag?: FlagAbout;
};

/** A flag of the command line. */
export type FlagAbout = {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for the value in the help: `PORT`. Without it the flag is a switch. */
  readonly value?: string;
  /** A switch that is on by default also has `--no-NAME`. */
  readonly hasNegative?: true;
};

/** What valibot keeps beside the schema of a key. */
export type KeyMetadata = { readonly kind: ValueKind<unknown>; readonly about: KeyAbout };

/** A key with a default. */
function key<Input, Output>(kind: ValueKind<Input, Output>, fallback: Input, about: KeyAbout) {
  return v.exactOptional(withMetadata(kind, about), fallback as never);
}

/** A key that may stay unset. */
function unset<Input, Output>(kind: ValueKind<Input, Output>, about: KeyAbout) {
  return v.exactOptional(withMetadata(kind, about));
}

function withMetadata<Input, Output>(kind: ValueKind<Input, Output>, about: KeyAbout): v.GenericSchema<Input, Output> {
  return v.pipe(kind.schema, v.metadata({ kind, about }));
}

/** A petabyte: more is a slip of the finger. */
const MAX_BYTES = 1_000_000_000_000_000;

function section<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.exactOptional(v.object(entries), {} as never);
}

/** The schema of a configuration: parses a PartialServerConfig into a ServerConfig. */
export const serverConfigSchema: v.GenericSchema<PartialServerConfig, ServerConfig> & {
  readonly entries: v.ObjectEntries;
} = v.object({
  http: section({
    host: key(hostName(), "127.0.0.1", {
      help: "Address to listen on.",
      env: "FLOE_HOST",
      flag: { name: "host", value: "HOST" },
    }),
    port: key(wholeNumber(0, 65_535), 4500, {
      help: "Port of the page, the API and the WebSocket. 0 takes any free port.",
      env: "FLOE_PORT",
      flag: { name: "port", value: "PORT" },
    }),
    insecure: key(yesOrNo(), false, {
      help: "Allow a bind wider than this machine without a token.",
      env: "FLOE_INSECURE",
      flag: { name: "insecure" },
    }),
  }),
  auth: section({
    token: key(secretText(), "", { help: "Token that clients must present. Empty means open." }),
    allowedOrigins: key(originList(), [], {
      help: "Further origins whose pages may connect, such as https://example.org. Pages of this server always may.",
    }),
  }),
  media: section({
    mode: key(oneOf(["stream", "record"], ["relay"]), "stream", {
      help: "What the server does with media: stream plays a source to all viewers, record writes what pages publish into files.",
      env: "FLOE_MODE",
      flag: { name: "mode", value: "MODE" },
    }),
    source: key(sourceText(), "test", {
      help: "What to play: `test` is the built-in picture and beep; else a media file, rtsp://…, or a device such as /dev/video0.",
      env: "FLOE_SOURCE",
      flag: { name: "source", value: "SOURCE" },
    }),
    loop: key(yesOrNo(), true, {
      help: "Start a file again when it ends.",
      env: "FLOE_LOOP",
      flag: { name: "loop", hasNegative: true },
    }),
    graceMs: key(wholeNumber(0, 3_600_000), 5000, {
      help: "How long the source stays open after the last viewer has left, in milliseconds.",
    }),
    passthrough: key(oneOf(["auto", "never", "always"]), "auto", {
      help: "Whether video and sound that browsers can play go through untouched: auto looks, never encodes, always insists.",
      flag: { name: "passthrough", value: "WHEN" },
    }),
    cachePackets: unset(oneNumberOf([2048, 4096, 8192, 16_384, 32_768, 65_536]), {
      help: "Packets of video kept for late joiners and resends, 2 KiB each. 16384 hold 10 s at 8 Mb/s. Unset: by the source.",
    }),
    rtsp: section({
      transport: key(oneOf(["tcp", "udp"]), "tcp", {
        help: "How RTSP cameras send their media.",
        flag: { name: "rtsp-transport", value: "HOW" },
      }),
      timeoutMs: key(wholeNumber(1000, 120_000), 15_000, {
        help: "How long a camera may say nothing before it counts as gone, in milliseconds.",
      }),
    }),
    video: section({
      width: key(evenNumber(64, 4096), 1280, {
        help: "Widest picture in pixels. The aspect is kept, nothing is enlarged.",
      }),
      height: key(evenNumber(64, 4096), 720, { help: "Tallest picture in pixels." }),
      fps: key(wholeNumber(1, 120), 30, { help: "Most frames in a second." }),
      bitrate: key(wholeNumber(50_000, 100_000_000), 2_000_000, { help: "Video bits per second." }),
    }),
    audio: section({
      channels: key(oneNumberOf([1, 2]), 2, { help: "Audio channels." }),
      sampleRate: key(oneNumberOf([48_000]), 48_000, {
        help: "Audio samples per second. Opus in WebRTC always runs at 48000.",
      }),
      bitrate: key(wholeNumber(6000, 510_000), 128_000, { help: "Audio bits per second." }),
    }),
    recordDir: key(folderPath(), "./recordings", {
      help: "Folder that recordings are written into. It is made when it is not there.",
      env: "FLOE_RECORD_DIR",
      flag: { name: "record-dir", value: "PATH" },
    }),
    record: section({
      format: key(oneOf(RECORDING_FORMATS), "mp4", {
        help: "Container of recordings. mp4 and ts hold H.264, webm holds VP8, mkv holds both; all of them hold Opus.",
      }),
      videoCodec: key(oneOf(["auto", "h264", "vp8"]), "auto", {
        help: "Video codec that publishers are asked for: auto is what the format takes, H.264 first.",
      }),
      transcode: key(yesOrNo(), false, {
        help: "Decode, and encode as H.264 of a fixed size with AAC in MP4, after `media.video` and `media.audio`, instead of writing what came.",
      }),
      segmentSeconds: unset(wholeNumber(1, 86_400), {
        help: "Begin a new file at the first key frame after so many seconds. Unset: never.",
      }),
      segmentBytes: unset(wholeNumber(100_000, MAX_BYTES), {
        help: "Begin a new file at the first key frame after so many bytes. Unset: never.",
      }),
      maxAgeHours: unset(wholeNumber(1, 87_600), {
        help: "Finished recordings are deleted so many hours after their end. Unset: never.",
      }),
      maxTotalBytes: unset(wholeNumber(1_000_000, MAX_BYTES), {
        help: "The oldest finished recordings are deleted when all together are larger than so many bytes. Unset: never.",
      }),
      minFreeBytes: key(wholeNumber(0, MAX_BYTES), 268_435_456, {
        help: "Free bytes that stay on the disk: below them no recording begins, and those that run end.",
      }),
      maxPublishers: key(wholeNumber(1, 1000), 16, { help: "Publishers that are recorded at once." }),
    }),
  }),
  webrtc: section({
    playoutDelay: key(playoutDelay(), "0/0", {
      help: "How long browsers hold frames back: MIN/MAX in milliseconds, or off to leave it to them.",
    }),
    udpPort: unset(udpPorts(), {
      help: "UDP port for media: one port that all viewers share, or a range MIN-MAX. Without it the system chooses a port a viewer.",
      flag: { name: "udp-port", value: "PORT" },
    }),
    externalIp: key(ipAddressList(), [], {
      help: "Addresses that viewers reach this machine by, when they are not its own: a public address in front of a NAT or a container.",
      flag: { name: "external-ip", value: "IP" },
    }),
    iceServers: key(iceServerList(), [], {
      help: "STUN and TURN servers for both sides, as URLs or as W3C RTCIceServer objects in JSON. Empty: no third party is asked.",
    }),
    transport: key(oneOf(["auto", ...TRANSPORT_NAMES]), "auto", {
      help: "Library that carries media: auto takes node-datachannel, or werift, slower but without native code, where that cannot be loaded.",
    }),
    bindAddress: unset(ipAddress(), {
      help: "The one IP address to use for media. Without it, 127.0.0.1 when `http.host` is of this machine only, as by default; else all.",
    }),
  }),
  turn: section({
    enabled: key(yesOrNo(), true, {
      help: "Whether `floe serve` runs a STUN and TURN server too, for viewers who cannot reach the media directly.",
      env: "FLOE_TURN",
      flag: { name: "turn", hasNegative: true },
    }),
    host: unset(hostName(), {
      help: "Address that STUN and TURN listen on. Without it, `http.host`; for `floe turn`, all addresses.",
    }),
    port: key(wholeNumber(0, 65_535), 3478, {
      help: "UDP and TCP port of STUN and TURN. 0 takes a free one.",
      flag: { name: "turn-port", value: "PORT" },
    }),
    externalIp: unset(ipAddress(), {
      help: "Address that clients and peers reach the relay by, in front of a NAT or a container. Without it, the first of its family in `webrtc.externalIp`.",
      flag: { name: "turn-external-ip", value: "IP" },
    }),
    tls: section({
      cert: unset(filePath(), { help: "Certificate chain for turns:, a PEM file. Without it there is no turns:." }),
      key: unset(filePath(), { help: "Private key of the certificate, a PEM file." }),
      port: key(wholeNumber(0, 65_535), 5349, { help: "TCP port of turns:. 0 takes a free one." }),
    }),
    realm: key(realmText(), "floe", {
      help: "Name that clients hash into their keys. Changing it makes credentials of `turn.users` new ones.",
    }),
    secret: key(secretText(), "", {
      help: "Secret that time-limited credentials are made with, as in coturn's use-auth-secret. Empty: `floe serve` makes one for each run.",
    }),
    previousSecret: key(secretText(), "", {
      help: "The secret before that one: what was made with it stays good while it is being replaced.",
    }),
    credentialTtlSeconds: key(wholeNumber(60, 86_400), 3600, {
      help: "How long credentials that pages get stay good, in seconds. An allocation outlives them.",
    }),
    users: key(turnUsers(), [], { help: "Users whose passwords do not expire." }),
    lifetimeSeconds: key(wholeNumber(30, 86_400), 600, {
      help: "Lifetime of an allocation whose client asks for none, in seconds.",
    }),
    maxLifetimeSeconds: key(wholeNumber(30, 86_400), 3600, {
      help: "The longest lifetime that an allocation gets, in seconds.",
    }),
    allocationsPerUser: key(wholeNumber(1, 100_000), 10, { help: "Allocations of one user at once." }),
    allocationsPerAddress: key(wholeNumber(1, 100_000), 30, { help: "Allocations of one client address at once." }),
    allocations: key(wholeNumber(1, 100_000), 1000, { help: "Allocations at once." }),
    bitrate: key(wholeNumber(10_000, 10_000_000_000), 5_000_000, {
      help: "Bits a second that one allocation relays, both ways together.",
    }),
    portRange: key(udpPorts(), "49152-65535", { help: "Ports of the relay towards peers, MIN-MAX." }),
    allowPeers: key(addressRangeList(), [], {
      help: "Address ranges to relay to although they are refused by default, such as 192.168.1.0/24. They are printed at the start.",
    }),
    allowLocalRelay: key(yesOrNo(), false, {
      help: "The same as listing loopback, private and link-local ranges in `turn.allowPeers`.",
    }),
    tcpRelay: key(yesOrNo(), true, { help: "Whether clients may have TCP connections to peers (RFC 6062)." }),
    sockets: key(oneOf(["auto", "koffi", "dgram"]), "auto", {
      help: "How datagrams are sent: auto takes the fastest way that works here.",
    }),
  }),
  signalling: section({
    user: key(sympleName(), "floe", { help: "User name of the server as a Symple peer." }),
    id: key(sympleName(), "floe-server", { help: "Session id of the server as a Symple peer." }),
    name: key(sympleName(), "floe", { help: "Display name of the server as a Symple peer." }),
  }),
  webRoot: unset(folderPath(), {
    help: "Folder of the page served at /. Without it, the page that comes with Floe.",
    env: "FLOE_WEB_ROOT",
    flag: { name: "web-root", value: "PATH" },
  }),
  log: section({
    level: key(oneOf(LOG_LEVELS), "info", {
      help: "The least level that is logged.",
      env: "FLOE_LOG_LEVEL",
      flag: { name: "log-level", value: "LEVEL" },
    }),
    format: key(oneOf(["text", "json"]), "text", { help: "Lines for people, or one JSON object a line." }),
  }),
});
