// STUN and TURN servers as URLs (RFC 7064, RFC 7065): `stun:host`, `turn:host:3478?transport=tcp`, `turns:[2001:db8::1]`.
import { FloeError } from "../error/floe-error.js";

/** Where a STUN or TURN server is, and how it is spoken to. */
export type StunServerUrl = {
  readonly scheme: "stun" | "stuns" | "turn" | "turns";
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
};

const URL = /^(stuns?|turns?):(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;

/**
 * Reads a URL. `transport` is read for `stun:` too, where the RFC has none. Throws `FloeError`: `stun/url` for what is no such URL,
 * `stun/dtls` for `turns:` over UDP, which there is not here.
 */
export function parseStunServerUrl(text: string): StunServerUrl {
  const parts = URL.exec(text);
  const scheme = parts?.[1].toLowerCase() as StunServerUrl["scheme"] | undefined;
  const isTls = scheme === "stuns" || scheme === "turns";
  const port = Number(parts?.[4] ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT));
  if (parts === null || scheme === undefined || port < 1 || port > 65_535) {
    throw new FloeError("stun/url", `${JSON.stringify(text.slice(0, 200))} is not the URL of a STUN or TURN server`, {
      fix: "Write it as turn:HOST, turn:HOST:PORT?transport=tcp, turns:HOST, stun:HOST or stuns:HOST.",
    });
  }
  const asked = parts[5]?.toLowerCase() as "udp" | "tcp" | undefined;
  if (isTls && asked === "udp") {
    throw new FloeError("stun/dtls", `${text} asks for DTLS over UDP, which Floe does not speak`, {
      fix: `Leave out ?transport=udp: ${scheme}: is TLS over TCP.`,
    });
  }
  return { scheme, host: parts[2] ?? parts[3], port, transport: isTls ? "tls" : (asked ?? "udp") };
}

/** `192.0.2.1:3478 by UDP`: a server in a sentence. */
export function describeStunServer({ host, port, transport }: StunServerUrl): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port} by ${transport.toUpperCase()}`;
}
