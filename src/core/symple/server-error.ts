// Errors of a Symple server and of the way to it, as sentences with a stable code.
import { FloeError } from "../error/floe-error.js";

type Known = { readonly code: string; readonly what: string; readonly fix?: string };

const BY_STATUS: { readonly [status: number]: Known } = {
  401: {
    code: "symple/unauthorized",
    what: "The server refused the sign-in",
    fix: "Check the token and the user name.",
  },
  408: { code: "symple/timeout", what: "The server waited too long for the sign-in" },
  413: { code: "symple/too-large", what: "The server refused a message that is too large" },
  429: { code: "symple/rate-limited", what: "The server refused so many messages" },
  503: { code: "symple/at-capacity", what: "The server takes no more connections", fix: "Try again later." },
};

/** The error for an error frame. The server's own words follow in brackets. */
export function serverError(status: number, message: string): FloeError {
  const { code, what, fix } = BY_STATUS[status] ?? { code: "symple/refused", what: "The server refused a message" };
  const words = message === "" ? `${status}` : `${status}: ${message.slice(0, 200)}`;
  return new FloeError(code, `${what} (${words})`, fix === undefined ? {} : { fix });
}

/** The error for a socket that could not be opened. */
export function unreachableError(): FloeError {
  return new FloeError("symple/unreachable", "The server cannot be reached", {
    fix: "Check that it runs and that the address is right.",
  });
}

/** The error for a connection that took too long. */
export function silentError(): FloeError {
  return new FloeError("symple/timeout", "The server does not answer", {
    fix: "Check that the address is that of a Symple server.",
  });
}

/** The error for a connection that was there and is lost. */
export function lostError(code: number, reason: string): FloeError {
  const why = reason === "" ? `code ${code}` : `code ${code}: ${reason.slice(0, 123)}`;
  return new FloeError("symple/disconnected", `The connection to the server was lost (${why})`);
}

/** Whether another attempt with the same credentials is pointless. */
export function isFinal(error: FloeError): boolean {
  return error.code === "symple/unauthorized";
}
