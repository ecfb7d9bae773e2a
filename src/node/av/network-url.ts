// What a network URL needs to be opened by FFmpeg: its options, the protocols it may reach, and whom to knock at.
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import { FloeError } from "../../core/error/floe-error.js";
import type { LiveArrival } from "../../core/media/live-timeline.js";
import { isNetworkScheme, type NetworkScheme, networkSchemes } from "../../core/media/source-noun.js";

/** A URL taken apart. */
export type NetworkUrl = {
  /** As it was given, credentials and all: for FFmpeg's eyes only. */
  readonly url: string;
  /** For people and logs: credentials masked. */
  readonly name: string;
  /** Whether the server is asked for a sign of life first, and how; undefined where there is no connection to try. */
  readonly knock: NetworkKnock | undefined;
  /** Whether packets come as they happen, or as fast as they are read. */
  readonly arrival: LiveArrival;
  readonly options: Readonly<Record<string, string>>;
};

/** Where and how to knock: a TCP connection, or a TLS one, and for RTSP a question that every server answers. */
export type NetworkKnock = {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** The URL without credentials, for OPTIONS (RFC 2326 10.1); undefined: connecting is enough. */
  readonly rtspUrl?: string;
};

/** Options of `describeNetworkUrl`. */
export type NetworkUrlOptions = {
  readonly rtspTransport: "tcp" | "udp";
  /** For one blocking read or write. */
  readonly timeoutUs: number;
};

type Scheme = {
  /** Protocols that FFmpeg may use for it: never files. */
  readonly protocols: string;
  readonly defaultPort?: number;
  readonly isTls?: boolean;
  readonly arrival?: LiveArrival;
};

const rtsp: Scheme = {
  protocols: "rtsp,rtp,udp,tcp,tls,srtp,crypto,data",
  defaultPort: 554,
};
const http: Scheme = {
  protocols: "http,https,httpproxy,tcp,tls,crypto,data",
  defaultPort: 80,
  arrival: "ahead",
};
const rtmp: Scheme = {
  protocols: "rtmp,rtmps,tcp,tls,crypto",
  defaultPort: 1935,
};
const SCHEMES: Readonly<Record<NetworkScheme, Scheme>> = {
  rtsp,
  rtsps: { ...rtsp, defaultPort: 322, isTls: true },
  http,
  https: { ...http, defaultPort: 443, isTls: true },
  rtmp,
  rtmps: { ...rtmp, defaultPort: 443, isTls: true },
  srt: { protocols: "srt,udp" },
  udp: { protocols: "udp" },
  tcp: { protocols: "tcp" },
};

/** Authority (RFC 3986 3.2) as FFmpeg cuts it: user info up to the last "@" before the path. */
const PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?(\[[^\]/]*\]|[^/?#:]*)(?::(\d+))?(?=[/?#]|$)/i;
const USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i;

/** Takes a URL apart. Throws FloeError `source/unsupported` for a scheme that is not opened, or a URL without a host. */
export function describeNetworkUrl(url: string, { rtspTransport, timeoutUs }: NetworkUrlOptions): NetworkUrl {
  const [, schemeText = "", bracketed = "", portText] = PARTS.exec(url) ?? [];
  const schemeName = schemeText.toLowerCase();
  const scheme = isNetworkScheme(schemeName) ? SCHEMES[schemeName] : undefined;
  const host = bracketed.replace(/^\[|\]$/g, "");
  const port = portText === undefined ? scheme?.defaultPort : Number(portText);
  const isListening = schemeName === "udp" || schemeName === "srt" || /[?&]listen\b/.test(url);
  if (scheme === undefined || (host === "" && !isListening) || (port !== undefined && (port < 1 || port > 65_535))) {
    throw badUrl(url, scheme === undefined ? schemeName : undefined);
  }
  const isRtsp = schemeName.startsWith("rtsp");
  const isTls = scheme.isTls ?? false;
  return {
    url,
    name: maskUrl(url),
    knock:
      isListening || port === undefined
        ? undefined
        : { host, port, isTls, ...(isRtsp ? { rtspUrl: url.replace(USER_INFO, "$1") } : {}) },
    arrival: scheme.arrival ?? "live",
    options: {
      protocol_whitelist: scheme.protocols,
      // One blocking read or write; the watchdog above FFmpeg is the rule, this is the net below it.
      ...(isRtsp ? { rtsp_transport: rtspTransport, timeout: String(timeoutUs) } : { rw_timeout: String(timeoutUs) }),
    },
  };
}

function badUrl(url: string, unknownScheme: string | undefined): FloeError {
  const what =
    unknownScheme === undefined
      ? `${maskUrl(url)} names no host`
      : `Sources of the kind ${unknownScheme === "" ? maskUrl(url) : `${unknownScheme}://`} are not supported`;
  return new FloeError("source/unsupported", what, {
    fix: `Use ${networkSchemes.join(", ")} and a host: rtsp://user:password@camera:554/path.`,
  });
}
