// The configuration of a server, as the code reads it (ServerConfig) and as people give it (PartialServerConfig).
// config-schema.ts gives each key its default, range and names; the compiler and a test hold the two files together.
import type { LogFormat, LogLevel } from "../../../core/diagnosis/log-line.js";
import type { Secret } from "../../../core/diagnosis/secret.js";

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
    /** What the server does with media. */
    readonly mode: "stream";
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
    /** The one IP address to use for media. Without it, 127.0.0.1 when `http.host` is of this machine only, as by default; else all. */
    readonly bindAddress?: string;
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
  };
  readonly webrtc?: Partially<Omit<ServerConfig["webrtc"], "playoutDelay" | "udpPort" | "iceServers">> & {
    readonly playoutDelay?: PlayoutDelayInput;
    readonly udpPort?: UdpPortsInput;
    readonly iceServers?: IceServersInput;
  };
  readonly signalling?: Partially<ServerConfig["signalling"]>;
  readonly webRoot?: string;
  readonly log?: Partially<ServerConfig["log"]>;
};
