// What went wrong between a TURN client and its server, in words, with a stable code and the fix.
import { FloeError } from "../../error/floe-error.js";
import { formatTransportAddress, type TransportAddress } from "../../net/transport-address.js";
import { STUN_REASONS } from "../../stun/stun-constants.js";
import type { TurnFailure } from "./client-io.js";

type Words = { readonly slug: string; readonly what: string; readonly fix: string };

/** What a server says no to, by its code (RFC 8656 19, RFC 6062 6.3). */
const REFUSALS: Readonly<Record<number, Words>> = {
  403: {
    slug: "forbidden",
    what: "does not relay to that address",
    fix: "If it may be reached, open its range on the server (turn.allowPeers).",
  },
  437: {
    slug: "mismatch",
    what: "has no allocation for this client, or has one already",
    fix: "Connect again from another port.",
  },
  440: { slug: "family", what: "has no relay of that address family", fix: "Ask for the other family." },
  441: { slug: "other-user", what: "has this allocation under another name", fix: "Use the name that made it." },
  442: {
    slug: "relay-transport",
    what: "does not relay by that protocol",
    fix: "Ask for a relay by UDP, or turn the relay by TCP on (turn.tcpRelay).",
  },
  443: {
    slug: "peer-family",
    what: "gave this client no relayed address of the peer's family",
    fix: 'Ask for both families (family: "both").',
  },
  446: { slug: "peer-taken", what: "has a connection with that peer already", fix: "Close that one first." },
  447: { slug: "peer-unreachable", what: "could not reach the peer by TCP", fix: "Check that the peer listens there." },
  486: {
    slug: "quota",
    what: "gives no more allocations to this user or address",
    fix: "Close others, wait until they expire, or raise the server's quotas.",
  },
  508: {
    slug: "no-room",
    what: "has no room for more",
    fix: "Ask for less, or give the server a wider range of relay ports.",
  },
};

/** Why there is no allocation, or not any more. `server` is how to call it in a sentence. */
export function turnError(failure: TurnFailure, server: string): FloeError {
  switch (failure.kind) {
    case "timeout": {
      const { unsignedCode } = failure;
      const but = unsignedCode === 0 ? "" : ` but for an unsigned ${named(unsignedCode)}, which is not believed`;
      return new FloeError("turn/no-answer", `the TURN server at ${server} did not answer${but}`, {
        fix: "Check address and port, and that no firewall drops this protocol; turn:…?transport=tcp and turns: pass most.",
      });
    }
    case "closed":
      return new FloeError("turn/closed", `the TURN server at ${server} closed the connection`, {
        fix: "Connect again; its log tells why.",
      });
    case "unauthorized":
      return new FloeError("turn/unauthorized", `the TURN server at ${server} does not take this name and password`, {
        fix: "Check both; ephemeral ones expire, so fetch new ones.",
      });
    case "refused": {
      const { code, alternateServer } = failure;
      if (code === 300 && alternateServer !== undefined) {
        const instead = formatTransportAddress(alternateServer);
        return new FloeError("turn/elsewhere", `the TURN server at ${server} sends its clients to ${instead} (300)`, {
          fix: `Connect to ${instead}.`,
        });
      }
      return refusal(code, failure.reason, `the TURN server at ${server}`);
    }
    case "malformed":
      return new FloeError("turn/malformed", `what answers at ${server} does not speak TURN as it should`, {
        fix: "Check that this is the port of a TURN server.",
      });
    default:
      return failure satisfies never;
  }
}

/** Why a peer is not let in, or not any more. Code 0: the server did not answer. */
export function turnPeerError(peer: TransportAddress, code: number, server: string): FloeError {
  const who = `the TURN server at ${server}, asked for ${formatTransportAddress(peer)},`;
  return code === 0
    ? new FloeError("turn/no-answer", `${who} did not answer`, { fix: "Check the path to it." })
    : refusal(code, "", who);
}

function refusal(code: number, reason: string, who: string): FloeError {
  const words = REFUSALS[code];
  const slug = words?.slug ?? "refused";
  // The reason is the server's text: quoted, so that it cannot pose as ours.
  const told =
    reason === "" || reason === STUN_REASONS[code] ? "" : `, in its words ${JSON.stringify(reason.slice(0, 100))}`;
  return new FloeError(`turn/${slug}`, `${who} ${words?.what ?? "said no"} (${named(code)}${told})`, {
    fix: words?.fix ?? "The server's log tells more.",
  });
}

function named(code: number): string {
  const reason = STUN_REASONS[code];
  return reason === undefined ? `${code}` : `${code} ${reason}`;
}
