// The URL of a server's page, as it can be opened on the server's own machine.
import { isIP } from "node:net";
import { isWildcard } from "./config/exposure.js";

/** `http://127.0.0.1:4500/`. An address that stands for all of them is nowhere to go, so loopback takes its place. */
export function pageUrl(host: string, port: number): string {
  const name = isWildcard(host) ? (isIP(host) === 6 ? "::1" : "127.0.0.1") : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}
