// URLs of STUN and TURN servers (RFC 7064, RFC 7065), and which step of a connection test each one is for.

/** A server as browsers take it. */
export type IceServer = {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
};

/** The ways to a server; each is tried by itself. */
export type ServerStep = "stun" | "turn-udp" | "turn-tcp" | "turns";

/** A URL taken apart. */
export type IceUrl = {
  readonly step: ServerStep;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
};

/** One URL with what is needed to use it. */
export type ServerAccess = IceUrl & { readonly url: string; readonly username?: string; readonly credential?: string };

const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
const URL = /^(stun|turns?):(\[[0-9a-f:.]+\]|[^\s:?/[\]@]+)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i;

/** Takes a URL apart; undefined for one that browsers have no step for (`stuns:`, DTLS) or that is none. */
export function parseIceUrl(url: string): IceUrl | undefined {
  const [matched, scheme = "", bracketed = "", digits, transport] = URL.exec(url) ?? [];
  if (matched === undefined) {
    return undefined;
  }
  const isTls = scheme.toLowerCase() === "turns";
  const port = digits === undefined ? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT) : Number(digits);
  const host = bracketed.replace(/^\[|\]$/g, "");
  if (isTls) {
    return transport?.toLowerCase() === "udp" ? undefined : { step: "turns", host, port };
  }
  if (scheme.toLowerCase() === "stun") {
    return { step: "stun", host, port };
  }
  return { step: transport?.toLowerCase() === "tcp" ? "turn-tcp" : "turn-udp", host, port };
}

/** `host:port` for people; IPv6 in brackets. */
export function hostAndPort({ host, port }: Pick<IceUrl, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * What each step has to try. A TURN server answers STUN as well (RFC 8656 2.1), so where no `stun:` is offered, the TURN
 * servers are asked.
 */
export function serversByStep(servers: readonly IceServer[]): {
  readonly [step in ServerStep]: readonly ServerAccess[];
} {
  const all = servers.flatMap(({ urls, username, credential }) =>
    [urls].flat().flatMap((url): ServerAccess[] => {
      const parsed = parseIceUrl(url);
      const access = {
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential }),
      };
      return parsed === undefined ? [] : [{ ...parsed, url, ...access }];
    }),
  );
  const of = (step: ServerStep): ServerAccess[] => all.filter((server) => server.step === step);
  const stun = of("stun");
  const derived = of("turn-udp").map(
    ({ host, port }): ServerAccess => ({ step: "stun", host, port, url: `stun:${hostAndPort({ host, port })}` }),
  );
  return {
    stun: stun.length > 0 ? stun : derived,
    "turn-udp": of("turn-udp"),
    "turn-tcp": of("turn-tcp"),
    turns: of("turns"),
  };
}
