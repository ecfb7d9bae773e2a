// Names to addresses, IPv4 first: most servers have one, and fewer paths break it.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { IpFamily } from "../../core/net/transport-address.js";
import type { StunServerUrl } from "../../core/stun/server-url.js";
import { linkError, linkTimeout } from "./link-error.js";
import { type StepBounds, takeStep } from "./link-step.js";

/** An address as Node has it. */
export type HostAddress = { readonly address: string; readonly family: IpFamily };

/** The first address of a server, of the family that is wanted. */
export async function resolveHost(
  url: StunServerUrl,
  { bounds, family }: { readonly bounds: StepBounds; readonly family: IpFamily | undefined },
): Promise<HostAddress> {
  const given = isIP(url.host);
  if (given !== 0) {
    return { address: url.host, family: given as IpFamily };
  }
  return await takeStep({
    bounds,
    run: async () => {
      try {
        const found = (await lookup(url.host, { all: true, family: family ?? 0 })) as HostAddress[];
        return found.find((each) => each.family === 4) ?? found[0];
      } catch (cause) {
        throw linkError("resolve", url, cause);
      }
    },
    stop: () => {},
    timedOut: () => linkTimeout("resolve", url, bounds.timeoutMs),
  });
}
