// A stream to a STUN or TURN server: TCP, and TLS over it, each within its own time.
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { StunServerUrl } from "../../core/stun/server-url.js";
import { linkError, linkTimeout } from "./link-error.js";
import { type StepBounds, takeStep } from "./link-step.js";
import type { HostAddress } from "./resolve-host.js";

/** Whom to trust. There is no way to trust everybody. */
export type LinkTls = {
  /** Issuers to trust instead of the system's: PEM texts. A self-signed certificate is its own. */
  readonly ca?: string | readonly string[];
  /** The name that the certificate must hold, where it is not the URL's host. */
  readonly serverName?: string;
};

/** An open stream, paused until it is read. The caller's to close. */
export async function openStream(
  url: StunServerUrl,
  at: HostAddress,
  { bounds, tls = {} }: { readonly bounds: StepBounds; readonly tls?: LinkTls | undefined },
): Promise<Socket> {
  const socket = connect({ host: at.address, port: url.port, noDelay: true });
  // Whoever waits for the socket hears of its errors; they must not reach nobody in between.
  socket.on("error", () => {});
  await takeStep({
    bounds,
    run: () => opened(socket, "connect", (cause) => linkError("connect", url, cause)),
    stop: () => socket.destroy(),
    timedOut: () => linkTimeout("connect", url, bounds.timeoutMs),
  });
  return url.transport === "tls" ? await secured(url, socket, { bounds, tls }) : socket;
}

async function secured(
  url: StunServerUrl,
  socket: Socket,
  { bounds, tls }: { readonly bounds: StepBounds; readonly tls: LinkTls },
): Promise<Socket> {
  const name = tls.serverName ?? url.host;
  const secure = connectTls({
    socket,
    host: name,
    // Addresses are no names that a client may send (RFC 6066 3); the certificate is compared with `host` all the same.
    servername: isIP(name) === 0 ? name : "",
    ...(tls.ca === undefined ? {} : { ca: typeof tls.ca === "string" ? tls.ca : [...tls.ca] }),
  });
  secure.on("error", () => {});
  await takeStep({
    bounds,
    run: () => opened(secure, "secureConnect", (cause) => linkError("tls", url, cause)),
    stop: () => secure.destroy(),
    timedOut: () => linkTimeout("tls", url, bounds.timeoutMs),
  });
  return secure;
}

function opened(socket: Socket, event: "connect" | "secureConnect", toError: (cause: unknown) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      socket.destroy();
      reject(toError(cause));
    };
    const ended = (): void => failed(Object.assign(new Error("the server hung up"), { code: "ECONNRESET" }));
    socket.once("error", failed).once("close", ended);
    socket.once(event, () => {
      socket.off("error", failed).off("close", ended);
      resolve();
    });
  });
}
