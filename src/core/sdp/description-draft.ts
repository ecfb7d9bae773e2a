// Descriptions while they are being read: the same shape, still writable.
import type { MediaDescription, Origin, SessionDescription, TransportAttributes } from "./session-description.js";

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** Writable ICE and DTLS parameters. */
export type TransportDraft = Writable<TransportAttributes>;

/** A writable media section. */
export type MediaDraft = Writable<Omit<MediaDescription, "transport">> & { transport: TransportDraft };

/** A writable session; the origin and the name are still to come. */
export type SessionDraft = Writable<Omit<SessionDescription, "transport" | "media" | "origin" | "name">> & {
  transport: TransportDraft;
  media: MediaDraft[];
  origin?: Origin;
  name?: string;
};

/** A session about which nothing is known. */
export function emptySession(): SessionDraft {
  return { lines: [], groups: [], transport: emptyTransport(), attributes: [], media: [] };
}

/** A section about which nothing is known but its `m=` line. */
export function emptyMedia(
  kind: string,
  { port, protocol, formats }: { readonly port: number; readonly protocol: string; readonly formats: string[] },
): MediaDraft {
  return {
    kind,
    port,
    protocol,
    formats,
    lines: [],
    transport: emptyTransport(),
    bundleOnly: false,
    rtcpMux: false,
    rtcpReducedSize: false,
    rtpMaps: [],
    formatParameters: [],
    rtcpFeedback: [],
    extensions: [],
    msids: [],
    ssrcGroups: [],
    ssrcAttributes: [],
    candidates: [],
    endOfCandidates: false,
    attributes: [],
  };
}

function emptyTransport(): TransportDraft {
  return { iceOptions: [], fingerprints: [] };
}
