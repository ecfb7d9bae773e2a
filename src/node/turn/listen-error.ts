// Why a TURN server cannot listen, in words.
import { FloeError } from "../../core/error/floe-error.js";
import { formatTransportAddress, type TransportAddress } from "../../core/net/transport-address.js";

/** The error for the system's code; `what` is UDP, TCP or TLS. */
export function listenError(cause: unknown, what: string, address: TransportAddress): FloeError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const where = `${what} ${formatTransportAddress(address)}`;
  switch (code) {
    case "EADDRINUSE":
      return new FloeError("turn/address-in-use", `${where} is in use by another program`, {
        cause,
        fix: "Stop the other program, or choose another port with --turn-port (turn.port).",
      });
    case "EACCES":
      return new FloeError("turn/port-forbidden", `this user may not listen on ${where}`, {
        cause,
        fix: "Choose a port above 1023 with --turn-port (turn.port).",
      });
    case "EADDRNOTAVAIL":
      return new FloeError("turn/no-such-address", `${where} is no address of this machine`, {
        cause,
        fix: "Give one of its own addresses as turn.host, or 0.0.0.0 for all.",
      });
    case "EMFILE":
    case "ENFILE":
      return new FloeError("turn/no-descriptors", `there is no descriptor left for ${where}`, {
        cause,
        fix: "Raise the limit of open files (ulimit -n).",
      });
    default:
      return new FloeError("turn/listen-failed", `cannot listen on ${where}: ${code || String(cause)}`, {
        cause,
        fix: "Check turn.host and turn.port.",
      });
  }
}
