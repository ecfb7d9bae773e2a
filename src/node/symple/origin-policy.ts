// Which pages may open a WebSocket here: WebSockets know no same-origin rule, so the server asks (RFC 6455 10.2).
import { isIP } from "node:net";

/** What is known when a WebSocket is asked for. */
export type OriginCheck = {
  /** The `Origin` header: the page. Programs send none. */
  readonly origin: string | undefined;
  /** The `Host` header: the name the page used for this server. */
  readonly host: string | undefined;
  /** Whether the connection came in on a loopback address. */
  readonly isLocal: boolean;
  /** Further origins, exact (`https://cam.example.org`); "*" allows every page. */
  readonly allowedOrigins: readonly string[];
};

/**
 * Allows programs (no origin), pages of this very server under any of its loopback names, and listed origins. A page
 * that reached a loopback address under a public name is refused unless listed: that is how DNS rebinding looks.
 */
export function isOriginAllowed({ origin, host, isLocal, allowedOrigins }: OriginCheck): boolean {
  if (origin === undefined) {
    return true;
  }
  const listed = origin.toLowerCase();
  if (allowedOrigins.some((allowed) => allowed === "*" || allowed.toLowerCase() === listed)) {
    return true;
  }
  const page = parseUrl(origin);
  if (page === undefined || (page.protocol !== "http:" && page.protocol !== "https:")) {
    return false;
  }
  const server = host === undefined ? undefined : parseUrl(`${page.protocol}//${host}`);
  if (server === undefined || page.port !== server.port) {
    return false;
  }
  if (page.hostname !== server.hostname) {
    return isLoopbackName(page.hostname) && isLoopbackName(server.hostname);
  }
  return !isLocal || isLoopbackName(server.hostname) || isIP(withoutBrackets(server.hostname)) !== 0;
}

/** Whether an address of a socket is this machine's own: 127.0.0.0/8, ::1, or the former in the latter's form. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && (/^(::ffff:)?127\./i.test(address) || address === "::1");
}

function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || isLoopbackAddress(withoutBrackets(hostname));
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
