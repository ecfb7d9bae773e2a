// Who can reach a server, in words, and whether that is allowed: only a bind to this machine needs no token.
import { isIP } from "node:net";
import { FloeError } from "../../../core/error/floe-error.js";
import type { ServerConfig } from "./server-config.js";

/** Whether a host to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (isIP(name) === 4) {
    return name.startsWith("127.");
  }
  return name === "localhost" || name === "::1" || /^::ffff:127\./.test(name);
}

/** Whether a host to listen on stands for every address of this machine: `0.0.0.0`, `::`. */
export function isWildcard(host: string): boolean {
  return isIP(host) === 4 ? host === "0.0.0.0" : isIP(host) === 6 && /^[0:]+$/.test(host);
}

/** Throws FloeError `config/insecure` when the server would be open to the network without a token or `http.insecure`. */
export function requireSecureBind({ http, auth }: Pick<ServerConfig, "http" | "auth">): void {
  if (!isLoopback(http.host) && auth.token.isEmpty && !http.insecure) {
    throw new FloeError("config/insecure", `listening on ${http.host} without a token would let anyone in`, {
      fix: "Set FLOE_AUTH_TOKEN, listen on 127.0.0.1, or accept it with --insecure.",
    });
  }
}

/** One line about who can reach the server and what they get. */
export function describeExposure({ http, auth, turn }: Pick<ServerConfig, "http" | "auth" | "turn">): string {
  if (isLoopback(http.host)) {
    return `only this machine can connect (${http.host})`;
  }
  const [where, place] = isWildcard(http.host)
    ? [`listening on all addresses (${http.host}): `, "one of them"]
    : ["", http.host];
  const relay = turn.enabled ? "use the relay, " : "";
  return auth.token.isEmpty
    ? `${where}anyone who reaches ${place} can watch the source, ${relay}see who is connected and read the status: no token is set`
    : `${where}whoever reaches ${place} needs the token; the page itself is open`;
}
