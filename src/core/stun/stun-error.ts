// What went wrong between a STUN client and its server, in words, with a stable code and the fix.
import { FloeError } from "../error/floe-error.js";
import { formatTransportAddress } from "../net/transport-address.js";
import type { StunFailure } from "./stun-client.js";

/** Why there is no mapped address. `server` is how to call it in a sentence. */
export function stunError(failure: StunFailure, server: string): FloeError {
  switch (failure.kind) {
    case "timeout":
      return new FloeError("stun/no-answer", `the STUN server at ${server} did not answer`, {
        fix: "Check address and port, and that no firewall drops this protocol.",
      });
    case "closed":
      return new FloeError("stun/closed", `the connection to the STUN server at ${server} was closed`, {
        fix: "Ask again on a new one.",
      });
    case "malformed":
      return new FloeError("stun/malformed", `the STUN server at ${server} gave no use: ${failure.what}`, {
        fix: "Check that this is the port of a STUN server.",
      });
    case "refused": {
      const { code, alternateServer } = failure;
      const instead =
        alternateServer === undefined ? "" : ` and names ${formatTransportAddress(alternateServer)} instead`;
      return new FloeError("stun/refused", `the STUN server at ${server} said no (${code})${instead}`, {
        fix: alternateServer === undefined ? "The server's log tells more." : "Ask there.",
      });
    }
    default:
      return failure satisfies never;
  }
}
