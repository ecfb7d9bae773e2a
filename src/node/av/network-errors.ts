// Why a network source cannot be opened, in one code and one sentence each. Names are masked before they come here.
import { constants } from "node:os";
import { FloeError } from "../../core/error/floe-error.js";
import type { ReconnectTrouble } from "../../core/media/reconnect.js";
import { avMessage } from "./av-error.js";
import { requireNodeAv } from "./load-node-av.js";

/** Nobody listens there. */
export function refused(name: string, cause?: unknown): FloeError {
  return new FloeError("source/refused", `${name} refuses the connection`, {
    fix: "Check the port, and that the camera's stream is switched on.",
    cause,
  });
}

/** It takes the connection, or nothing at all, and says nothing. */
export function timedOut(name: string, waitedMs: number): FloeError {
  return new FloeError("source/timeout", `${name} did not answer within ${waitedMs} ms`, {
    fix: "Check the address and the network; a slow camera needs a longer media.rtsp.timeoutMs.",
  });
}

/** Media came, and then none for too long. */
export function wentSilent(name: string, waitedMs: number): FloeError {
  return new FloeError("source/timeout", `${name} sent nothing for ${waitedMs} ms`, {
    fix: "Check the camera and the network.",
  });
}

/** There is no way to the host, or no such host. */
export function unreachable(name: string, why: string, cause?: unknown): FloeError {
  return new FloeError("source/unreachable", `${name} cannot be reached: ${why}`, {
    fix: "Check the address, and that this machine is in the same network.",
    cause,
  });
}

/** It was there, and is gone. */
export function disconnected(name: string, why: string): FloeError {
  return new FloeError("source/disconnected", `${name} is gone: ${why}`, { fix: "Check the camera and the network." });
}

/** The same, by FFmpeg's code. */
export function lost(name: string, code: number): FloeError {
  return disconnected(name, avMessage(code));
}

/** A connection that could not be made, by Node's code. */
export function connectError(name: string, error: NodeJS.ErrnoException, waitedMs: number): FloeError {
  switch (error.code) {
    case "ECONNREFUSED":
      return refused(name, error);
    case "ETIMEDOUT":
      return timedOut(name, waitedMs);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return unreachable(name, "the host name is not known", error);
    case "ECONNRESET":
    case "EPIPE":
      return unreadable(name, "it closes the connection at once");
    default:
      return unreachable(name, error.code ?? "no connection", error);
  }
}

/** An open that failed, by FFmpeg's code. */
export function openError(name: string, code: number, waitedMs: number): FloeError {
  const av = requireNodeAv();
  switch (code) {
    case av.AVERROR_HTTP_UNAUTHORIZED:
      return unauthorized(name, "asks for a user and a password, and those in the URL do not fit");
    case av.AVERROR_HTTP_FORBIDDEN:
      return unauthorized(name, "does not let this user in");
    case av.AVERROR_HTTP_NOT_FOUND:
      return new FloeError("source/not-found", `${name} has no stream of this path`, {
        fix: "Check the path of the URL in the camera's manual.",
      });
    case av.AVERROR_HTTP_OTHER_4XX:
      return unreadable(name, avMessage(code), "The other media.rtsp.transport (tcp, udp) may be what it wants.");
    case av.AVERROR_HTTP_SERVER_ERROR:
      return unreadable(name, avMessage(code), "Look into the camera's own log; restarting it may help.");
    default:
      return systemError(name, code, waitedMs);
  }
}

function systemError(name: string, code: number, waitedMs: number): FloeError {
  // FFmpeg hands the system's own numbers on, negative.
  const { ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH } = constants.errno;
  switch (-code) {
    case ECONNREFUSED:
      return refused(name);
    case ETIMEDOUT:
      return timedOut(name, waitedMs);
    case EHOSTUNREACH:
    case ENETUNREACH:
      return unreachable(name, avMessage(code));
    default:
      return unreadable(name, avMessage(code));
  }
}

/** It answers, but not with media. */
export function unreadable(
  name: string,
  why: string,
  fix = "Check that the URL is that of a media stream.",
): FloeError {
  return new FloeError("source/unreadable", `${name} answers, but its stream cannot be opened (${why})`, { fix });
}

/** It opened, and there is nothing in it. */
export function noVideo(name: string): FloeError {
  return new FloeError("source/no-video", `${name} sends neither video nor audio`, {
    fix: "Check the camera's settings: its video may be switched off, or the path be that of another stream.",
  });
}

/** It opened, and FFmpeg has no decoder for what is in it. */
export function unsupportedCodec(name: string, codec: string): FloeError {
  return new FloeError("source/unsupported-codec", `${name} sends video that cannot be decoded (${codec})`, {
    fix: "Set the camera to H.264.",
  });
}

/** How an error bears on trying again. */
export function troubleOf({ code }: FloeError): ReconnectTrouble {
  switch (code) {
    case "source/refused":
    case "source/timeout":
    case "source/unreachable":
      return "silent";
    case "source/auth":
      return "refused";
    default:
      return "broken";
  }
}

function unauthorized(name: string, what: string): FloeError {
  return new FloeError("source/auth", `${name} ${what}`, {
    fix: "Write them into the URL, special characters percent-encoded: rtsp://user:password@camera/path.",
  });
}
