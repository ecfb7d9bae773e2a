// Why a server was not reached, in words: which step failed, the system's code for it, and what to try.
import { FloeError } from "../../core/error/floe-error.js";
import { describeStunServer, type StunServerUrl } from "../../core/stun/server-url.js";

/** The steps in their order. */
export type LinkStepName = "resolve" | "connect" | "tls";

/** Words for TLS faults by OpenSSL's or Node's code. */
const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate's issuer is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate's issuer is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate's issuer is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate's issuer is not known here",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
};

/** A connection that broke while it was used. Code: `closed`. */
export function linkBroken(url: StunServerUrl, cause: unknown): FloeError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const [room, kind, server] = wordsOf(url);
  return new FloeError(`${room}/closed`, `the connection to the ${kind} server at ${server} broke (${code})`, {
    cause,
    fix: "Connect again.",
  });
}

/** The failure of a step. Codes: `unresolved`, `unreachable`, `tls`, in the room of the URL's scheme. */
export function linkError(step: LinkStepName, url: StunServerUrl, cause: unknown): FloeError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const [room, kind, server] = wordsOf(url);
  switch (step) {
    case "resolve":
      return new FloeError(
        `${room}/unresolved`,
        `the name of the ${kind} server at ${server} was not found (${code})`,
        {
          cause,
          fix: "Check the name, and this machine's DNS.",
        },
      );
    case "connect": {
      const why = code === "ECONNREFUSED" ? "nothing listens there" : message;
      return new FloeError(`${room}/unreachable`, `the ${kind} server at ${server} was not reached: ${why} (${code})`, {
        cause,
        fix: "Check address and port, that the server runs, and that it speaks this protocol.",
      });
    }
    case "tls": {
      const fault = CERTIFICATE_FAULTS[code];
      const why = fault ?? `the handshake failed, ${message}`;
      return new FloeError(`${room}/tls`, `the ${kind} server at ${server} is not trusted: ${why} (${code})`, {
        cause,
        fix:
          fault === undefined
            ? "Check that this port speaks TLS."
            : "Give it a certificate for this name from an issuer that is trusted here, or name its issuer (tls.ca).",
      });
    }
    default:
      return step satisfies never;
  }
}

/** A step that took too long. Codes: `resolve-timeout`, `connect-timeout`, `tls-timeout`. */
export function linkTimeout(step: LinkStepName, url: StunServerUrl, timeoutMs: number): FloeError {
  const [room, kind, server] = wordsOf(url);
  const what = {
    resolve: `the name of the ${kind} server at ${server} was not resolved`,
    connect: `the ${kind} server at ${server} did not take the connection`,
    tls: `the ${kind} server at ${server} did not finish the TLS handshake`,
  }[step];
  return new FloeError(`${room}/${step}-timeout`, `${what} in ${timeoutMs} ms`, {
    fix:
      step === "resolve"
        ? "Check this machine's DNS."
        : "Check address and port, and that no firewall drops the way there.",
  });
}

function wordsOf(url: StunServerUrl): readonly [room: "stun" | "turn", kind: "STUN" | "TURN", server: string] {
  const server = describeStunServer(url);
  return url.scheme.startsWith("turn") ? ["turn", "TURN", server] : ["stun", "STUN", server];
}
