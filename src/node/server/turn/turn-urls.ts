// The addresses of STUN and TURN as a browser takes them (RFC 7064, RFC 7065): the host is what the browser can reach.
import { isIP } from "node:net";
import { isLoopback, isWildcard } from "../config/exposure.js";

/** Where a relay listens, and what stands in front of it. */
export type TurnDoor = {
  /** The IP address that it listens on. */
  readonly host: string;
  /** It listens where the page does, so that whoever reached the page by a name reaches it by that name. */
  readonly isPageHost: boolean;
  readonly port: number;
  /** Of `turns:`, when it is offered. */
  readonly tlsPort: number | undefined;
  readonly externalIp: string | undefined;
  /** The names and addresses of the certificate. */
  readonly certificate: CertificateNames | undefined;
};

/** What a certificate is for. */
export type CertificateNames = {
  /** Whether a client that asked for this name or address accepts the certificate for it. */
  covers(host: string): boolean;
  /** The first name that is one, without wildcards. */
  readonly firstName: string | undefined;
};

/** What is offered. */
export type TurnUrls = { readonly stun: readonly string[]; readonly turn: readonly string[] };

const NOTHING: TurnUrls = { stun: [], turn: [] };

/**
 * The URLs for a client that reached this server by `requestHost` (a `Host` header, or a name or address). An external address
 * comes first; a relay of this machine only is offered to clients of this machine only.
 */
export function turnUrls(door: TurnDoor, requestHost: string | undefined): TurnUrls {
  const host = reachableHost(door, hostOf(requestHost));
  if (host === undefined) {
    return NOTHING;
  }
  const { port, tlsPort, certificate } = door;
  const plain = `${bracketed(host)}:${port}`;
  const secure = tlsPort === undefined ? [] : [`turns:${bracketed(secureHost(host, certificate))}:${tlsPort}`];
  return {
    stun: [`stun:${plain}`],
    turn: [
      `turn:${plain}?transport=udp`,
      `turn:${plain}?transport=tcp`,
      ...secure.map((url) => `${url}?transport=tcp`),
    ],
  };
}

function reachableHost({ host, isPageHost, externalIp }: TurnDoor, requested: string | undefined): string | undefined {
  if (externalIp !== undefined) {
    return externalIp;
  }
  if (isLoopback(host)) {
    return requested === undefined || isLoopback(requested) ? host : undefined;
  }
  return isPageHost || isWildcard(host) ? (requested ?? (isWildcard(host) ? undefined : host)) : host;
}

/** A browser refuses a certificate that is not for the host of the URL. */
function secureHost(host: string, certificate: CertificateNames | undefined): string {
  return certificate === undefined || certificate.covers(host) ? host : (certificate.firstName ?? host);
}

/** The host of a `Host` header, without brackets; undefined for what is none. */
function hostOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9.-]{1,253}))(?::\d{1,5})?$/i.exec(header ?? "");
  return match?.[1] ?? match?.[2] ?? (isIP(header ?? "") === 6 ? header : undefined);
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
