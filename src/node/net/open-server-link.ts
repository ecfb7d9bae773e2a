// Opens a link to a STUN or TURN server: resolve, connect, TLS, each step within its own time.
import type { IpFamily } from "../../core/net/transport-address.js";
import type { StunServerUrl } from "../../core/stun/server-url.js";
import { openDatagramLink } from "./datagram-link.js";
import type { StepBounds } from "./link-step.js";
import { type LinkTls, openStream } from "./open-stream.js";
import { resolveHost } from "./resolve-host.js";
import type { LinkEvents, ServerLink } from "./server-link.js";
import { StreamLink } from "./stream-link.js";

/** How to reach a server. */
export type LinkOptions = {
  readonly bounds: StepBounds;
  /** Which of the server's addresses to take; IPv4 where it has one when left out. */
  readonly serverFamily?: IpFamily | undefined;
  readonly tls?: LinkTls | undefined;
};

/** Opens one: resolve, connect, TLS. Rejects with what `link-error` tells, or with `signal.reason`. */
export async function openServerLink(
  url: StunServerUrl,
  events: LinkEvents,
  { bounds, serverFamily, tls }: LinkOptions,
): Promise<ServerLink> {
  const at = await resolveHost(url, { bounds, family: serverFamily });
  return url.transport === "udp"
    ? await openDatagramLink(url, at, events, bounds)
    : new StreamLink(url, await openStream(url, at, { bounds, tls }), events);
}
