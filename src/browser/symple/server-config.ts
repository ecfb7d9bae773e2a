// What a server of ours tells pages before they connect: its /api/config, beside its WebSocket.
import type { IceServer } from "../../core/check/ice-url.js";
import { FloeError } from "../../core/error/floe-error.js";

/** Where a server's configuration is, by the address of its signalling: `ws://host/base/ws` → `http://host/base/api/config`. */
export function configUrl(signallingUrl: string): string {
  const url = new URL(signallingUrl);
  url.protocol = url.protocol === "wss:" || url.protocol === "https:" ? "https:" : "http:";
  url.search = "";
  url.hash = "";
  url.pathname = `${url.pathname.replace(/\/(ws\/?)?$/, "")}/api/config`;
  return url.href;
}

/**
 * The STUN and TURN servers that a server offers, for this session. Rejects with `check/no-config` when it does not tell, or with
 * the reason of `signal`.
 */
export async function fetchIceServers(
  signallingUrl: string,
  { token, signal }: { readonly token: string; readonly signal: AbortSignal },
): Promise<readonly IceServer[]> {
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  let answer: unknown;
  try {
    const response = await fetch(configUrl(signallingUrl), { headers, signal });
    if (!response.ok) {
      throw noConfig(`HTTP ${response.status}`);
    }
    answer = await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof FloeError ? error : noConfig("its /api/config cannot be read from this page");
  }
  const servers: unknown =
    typeof answer === "object" && answer !== null ? Reflect.get(answer, "iceServers") : undefined;
  return Array.isArray(servers) ? servers.filter(isIceServer) : [];
}

function noConfig(why: string): FloeError {
  return new FloeError("check/no-config", `the server did not tell its STUN and TURN servers (${why})`);
}

function isIceServer(value: unknown): value is IceServer {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const urls: unknown = Reflect.get(value, "urls");
  return typeof urls === "string" || (Array.isArray(urls) && urls.every((url) => typeof url === "string"));
}
