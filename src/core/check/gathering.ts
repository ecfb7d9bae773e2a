// What one gathering of candidates has shown (W3C WebRTC 4.4.1.2, RFC 8839 5.1): addresses found, servers that failed.

/** An address that a browser found for itself. */
export type GatheredCandidate = {
  readonly type: "host" | "srflx" | "prflx" | "relay";
  /** An IP address, or `….local` where the browser hides it (mDNS). */
  readonly address: string;
  readonly port: number;
};

/** A browser's `icecandidateerror`. */
export type IceServerError = {
  readonly url: string;
  /** STUN's own codes (401, 403, 486 …), or 701: the server was not reached. */
  readonly code: number;
  readonly text: string;
};

/** How a gathering went. */
export type Gathering = {
  readonly candidates: readonly GatheredCandidate[];
  readonly errors: readonly IceServerError[];
  /** Whether the browser was done; false when the time was up, or when enough was there. */
  readonly isComplete: boolean;
};

/** Reads a candidate's line, with or without "a=". Undefined for "" (no more candidates) and for what is none. */
export function readCandidate(line: string): GatheredCandidate | undefined {
  const [, , transport, , address = "", port = "", typ, type] = line.trim().split(" ");
  const isKnown = type === "host" || type === "srflx" || type === "prflx" || type === "relay";
  // Addresses of ICE over TCP are dialled from, with port 9: nobody reaches them.
  if (typ !== "typ" || !isKnown || transport?.toLowerCase() !== "udp" || address === "") {
    return undefined;
  }
  return { type, address, port: Number(port) };
}

/** Whether the browser hides the address behind a name that only its own network can resolve (mDNS). */
export function isHidden({ address }: Pick<GatheredCandidate, "address">): boolean {
  return address.endsWith(".local");
}

/** `address:port` for people; IPv6 in brackets. */
export function addressAndPort({ address, port }: Pick<GatheredCandidate, "address" | "port">): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
