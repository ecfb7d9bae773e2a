// The address of a Symple server as a WebSocket wants it.
import { FloeError } from "../error/floe-error.js";

/** `ws:` or `wss:` address of a server; `http:` and `https:` are taken for them. Throws FloeError for anything else. */
export function webSocketUrl(url: string): string {
  const match = /^(ws|wss|http|https):\/\/[^/\s]/i.exec(url);
  if (match === null) {
    throw new FloeError("symple/bad-url", "The address of the server is not a WebSocket's", {
      fix: "Use ws://host:port/ws or wss://host/ws.",
    });
  }
  const scheme = match[1].toLowerCase();
  return `${scheme === "https" || scheme === "wss" ? "wss" : "ws"}${url.slice(scheme.length)}`;
}
