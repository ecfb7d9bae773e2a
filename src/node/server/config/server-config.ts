// The configuration of a server, as the code reads it (ServerConfig) and as people give it (PartialServerConfig).
// config-schema.ts gives each key its default, range and names; the compiler and a test hold the two files together.
import type { LogFormat, LogLevel } from "../../../core/diagnosis/log-line.js";
import type { Secret } from "../../../core/diagnosis/secret.js";
import type { RecordingFormat } from "../../record/container.js";
import type { TransportChoice } from "../../webrtc/transport-library.js";

/** How long a browser should hold frames back before it shows them, as asked by the playout-delay extension. */
export type PlayoutDelay = {
  /** Milliseconds, 0 to 40950 in steps of 10, at most `maxMs`. */
  readonly minMs: number;
  /** Milliseconds, 0 to 40950 in steps of 10. */
  readonly maxMs: number;
};

/** UDP ports, both ends included; one port when they are equal. */
export type UdpPorts = {
  /** 1 to 65535. */
  readonly min: number;
  /** 1 to 65535, at least `min`. */
  readonly max: number;
};

/** A STUN or TURN server (W3C RTCIceServer). */
export type IceServerConfig = {
  readonly urls: readonly string[];
  readonly username?: string;
  readonly credential?: Secret;
};

/** Somebody who may use the TURN server with a password that does not expire. */
export type TurnUser = { readonly username: string; readonly password: Secret };

/** How many packets of video a stream keeps. */
export type CachePackets = 2048 | 4096 | 8192 | 16_384 | 32_768 | 65_536;

/** A whole configuration: every key that has a default is there, every value has been checked, paths are absolute. */
export type ServerConfig = {
  readonly http: {
    /** Address to listen on. */
    readonly host: string;
    /** Port of the page, the API and the WebSocket. 0 takes any free port. */
    readonly port: number;
    /** Allow a bind wider than this machine without a token. */
    readonly insecure: boolean;
  };
  readonly auth: {
    /** Token that clients must present. Empty means open. */
    readonly token: Secret;
    /** Further origins whose pages may connect, such as https://example.org. Pages of this server always may. */
    readonly allowedOrigins: readonly string[];
  };
  readonly media: {
    /** What the server does with media: stream plays a source to all viewers, record writes what pages publish into files. */
    readonly mode: "stream" | "record";
    /** What to play: `test` is the built-in picture and beep; else a media file, rtsp://…, or a device such as /dev/video0. */
    readonly source: string;
    /** Start a file again when it ends. */
    readonly loop: boolean;
    /** How long the source stays open after the last viewer has left, in milliseconds. */
    readonly graceMs: number;
    /** Whether video and sound that browsers can play go through untouched: auto looks, never encodes, always insists. */
    readonly passthrough: "auto" | "never" | "always";
    /** Packets of video kept for late joiners and resends, 2 KiB each. 16384 hold 10 s at 8 Mb/s. Unset: by the source. */
    readonly cachePackets?: CachePackets;
    readonly rtsp: {
      /** How RTSP cameras send their media. */
      readonly transport: "tcp" | "udp";
      /** How long a camera may say nothing before it counts as gone, in milliseconds. */
      readonly timeoutMs: number;
    };
    readonly video: {
      /** Widest picture in pixels. The aspect is kept, nothing is enlarged. */
      readonly width: number;
      /** Tallest picture in pixels. */
      readonly height: number;
      /** Most frames in a second. */
      readonly fps: number;
      /** Video bits per second. */
      readonly bitrate: number;
    };
    readonly audio: {
      /** Audio channels. */
      readonly channels: 1 | 2;
      /** Audio samples per second. Opus in WebRTC always runs at 48000. */
      readonly sampleRate: 48_000;
      /** Audio bits per second. */
      readonly bitrate: number;
    };
    /** Folder that recordings are written into. It is made when it is not there. */
    readonly recordDir: string;
    readonly record: {
      /** Container of recordings. mp4 and ts hold H.264, webm holds VP8, mkv holds both; all of them hold Opus. */
      readonly format: RecordingFormat;
      /** Video codec that publishers are asked for: auto is what the format takes, H.264 first. */
      readonly videoCodec: "auto" | "h264" | "vp8";
      /** Decode, and encode as H.264 of a fixed size with AAC in MP4, after `media.video` and `media.audio`, instead of writing what came. */
      readonly transcode: boolean;
      /** Begin a new file at the first key frame after so many seconds. Unset: never. */
      readonly segmentSeconds?: number;
      /** Begin a new file at the first key frame after so many bytes. Unset: never. */
      readonly segmentBytes?: number;
      /** Finished recordings are deleted so many hours after their end. Unset: never. */
      readonly maxAgeHours?: number;
      /** The oldest finished recordings are deleted when all together are larger than so many bytes. Unset: never. */
      readonly maxTotalBytes?: number;
      /** Free bytes that stay on the disk: below them no recording begins, and those that run end. */
      readonly minFreeBytes: number;
      /** Publishers that are recorded at once. */
      readonly maxPublishers: number;
    };
  };
  readonly webrtc: {
    /** How long browsers hold frames back: MIN/MAX in milliseconds, or off to leave it to them. */
    readonly playoutDelay: PlayoutDelay | "off";
    /** UDP port for media: one port that all viewers share, or a range MIN-MAX. Without it the system chooses a port a viewer. */
    readonly udpPort?: UdpPorts;
    /** Addresses that viewers reach this machine by, when they are not its own: a public address in front of a NAT or a container. */
    readonly externalIp: readonly string[];
    /** STUN and TURN servers for both sides, as URLs or as W3C RTCIceServer objects in JSON. Empty: no third party is asked. */
    readonly iceServers: readonly IceServerConfig[];
    /** Library that carries media: auto takes node-datachannel, or werift, slower but without native code, where that cannot be loaded. */
    readonly transport: TransportChoice;
    /** The one IP address to use for media. Without it, 127.0.0.1 when `http.host` is of this machine only, as by default; else all. */
    readonly bindAddress?: string;
  };
  readonly turn: {
    /** Whether `floe serve` runs a STUN and TURN server too, for viewers who cannot reach the media directly. */
    readonly enabled: boolean;
    /** Address that STUN and TURN listen on. Without it, `http.host`; for `floe turn`, all addresses. */
    readonly host?: string;
    /** UDP and TCP port of STUN and TURN. 0 takes a free one. */
    readonly port: number;
    /** Address that clients and peers reach the relay by, in front of a NAT or a container. Without it, the first of its family in `webrtc.externalIp`. */
    readonly externalIp?: string;
    readonly tls: {
      /** Certificate chain for turns:, a PEM file. Without it there is no turns:. */
      readonly cert?: string;
      /** Private key of the certificate, a PEM file. */
      readonly key?: string;
      /** TCP port of turns:. 0 takes a free one. */
      readonly port: number;
    };
    /** Name that clients hash into their keys. Changing it makes credentials of `turn.users` new ones. */
    readonly realm: string;
    /** Secret that time-limited credentials are made with, as in coturn's use-auth-secret. Empty: `floe serve` makes one for each run. */
    readonly secret: Secret;
    /** The secret before that one: what was made with it stays good while it is being replaced. */
    readonly previousSecret: Secret;
    /** How long credentials that pages get stay good, in seconds. An allocation outlives them. */
    readonly credentialTtlSeconds: number;
    /** Users whose passwords do not expire. */
    readonly users: readonly TurnUser[];
    /** Lifetime of an allocation whose client asks for none, in seconds. */
    readonly lifetimeSeconds: number;
    /** The longest lifetime that an allocation gets, in seconds. */
    readonly maxLifetimeSeconds: number;
    /** Allocations of one user at once. */
    readonly allocationsPerUser: number;
    /** Allocations of one client address at once. */
    readonly allocationsPerAddress: number;
    /** Allocations at once. */
    readonly allocations: number;
    /** Bits a second that one allocation relays, both ways together. */
    readonly bitrate: number;
    /** Ports of the relay towards peers, MIN-MAX. */
    readonly portRange: UdpPorts;
    /** Address ranges to relay to although they are refused by default, such as 192.168.1.0/24. They are printed at the start. */
    readonly allowPeers: readonly string[];
    /** The same as listing loopback, private and link-local ranges in `turn.allowPeers`. */
    readonly allowLocalRelay: boolean;
    /** Whether clients may have TCP connections to peers (RFC 6062). */
    readonly tcpRelay: boolean;
    /** How datagrams are sent: auto takes the fastest way that works here. */
    readonly sockets: "auto" | "koffi" | "dgram";
  };
  readonly signalling: {
    /** User name of the server as a Symple peer. */
    readonly user: string;
    /** Session id of the server as a Symple peer. */
    readonly id: string;
    /** Display name of the server as a Symple peer. */
    readonly name: string;
  };
  /** Folder of the page served at /. Without it, the page that comes with Floe. */
  readonly webRoot?: string;
  readonly log: {
    /** The least level that is logged. */
    readonly level: LogLevel;
    /** Lines for people, or one JSON object a line. */
    readonly format: LogFormat;
  };
};

/** What people give for the playout delay: an object, `MIN/MAX` in milliseconds, or `off`. */
export type PlayoutDelayInput = PlayoutDelay | "off" | `${number}/${number}`;

/** What people give for UDP ports: a port, `MIN-MAX`, or an object. */
export type UdpPortsInput = number | string | UdpPorts;

/** What people give for ICE servers: URLs with commas between them, or a list like RTCConfiguration.iceServers. */
export type IceServersInput =
  | string
  | readonly {
      readonly urls: string | readonly string[];
      readonly username?: string;
      readonly credential?: Secret | string;
    }[];

/** What people give for TURN users: `NAME:PASSWORD` with commas between them, or an object of passwords by name, or a list. */
export type TurnUsersInput =
  | string
  | { readonly [username: string]: Secret | string }
  | readonly { readonly username: string; readonly password: Secret | string }[];

type Partially<Section> = { readonly [Key in keyof Section]?: Section[Key] };

/** A configuration with anything left out; what is left out takes its default. A token may be plain text. */
export type PartialServerConfig = {
  readonly http?: Partially<ServerConfig["http"]>;
  readonly auth?: { readonly token?: Secret | string; readonly allowedOrigins?: readonly string[] };
  readonly media?: {
    readonly mode?: ServerConfig["media"]["mode"];
    readonly source?: string;
    readonly loop?: boolean;
    readonly graceMs?: number;
    readonly passthrough?: ServerConfig["media"]["passthrough"];
    readonly cachePackets?: CachePackets;
    readonly rtsp?: Partially<ServerConfig["media"]["rtsp"]>;
    readonly video?: Partially<ServerConfig["media"]["video"]>;
    readonly audio?: Partially<ServerConfig["media"]["audio"]>;
    readonly recordDir?: string;
    readonly record?: Partially<ServerConfig["media"]["record"]>;
  };
  readonly webrtc?: Partially<Omit<ServerConfig["webrtc"], "playoutDelay" | "udpPort" | "iceServers">> & {
    readonly playoutDelay?: PlayoutDelayInput;
    readonly udpPort?: UdpPortsInput;
    readonly iceServers?: IceServersInput;
  };
  readonly turn?: Partially<Omit<ServerConfig["turn"], "tls" | "secret" | "previousSecret" | "users" | "portRange">> & {
    readonly tls?: Partially<ServerConfig["turn"]["tls"]>;
    readonly secret?: Secret | string;
    readonly previousSecret?: Secret | string;
    readonly users?: TurnUsersInput;
    readonly portRange?: UdpPortsInput;
  };
  readonly signalling?: Partially<ServerConfig["signalling"]>;
  readonly webRoot?: string;
  readonly log?: Partially<ServerConfig["log"]>;
};
