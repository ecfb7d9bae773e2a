// Why a camera or a microphone is not to be had, in words. The browser's own names of errors say little to people.
import { FloeError } from "../../core/error/floe-error.js";

/** What of a page decides whether it gets devices at all; `self` is one. */
export type PageContext = {
  readonly isSecureContext: boolean;
  readonly location: { readonly origin: string; readonly port: string };
  readonly navigator: { readonly mediaDevices?: unknown };
};

/** What was asked for. */
export type AskedDevices = { readonly camera: boolean; readonly microphone: boolean };

/**
 * Why this page gets neither camera nor microphone, whatever the user says: `devices/insecure-context` on plain http beyond
 * localhost, `devices/not-supported` in a browser without them. Undefined when it may ask. A page can say so before anybody clicks.
 */
export function devicesUnavailable(page: PageContext = self): FloeError | undefined {
  const { origin, port } = page.location;
  if (!page.isSecureContext) {
    const local = `http://localhost${port === "" ? "" : `:${port}`}`;
    return new FloeError(
      "devices/insecure-context",
      `Browsers give camera and microphone to secure pages only, and ${origin} is plain http`,
      {
        fix:
          `Open the page by https (a TLS proxy in front of the server), or on the server's own machine as ${local}. ` +
          `For a test, Chromium takes it when started with --unsafely-treat-insecure-origin-as-secure=${origin}.`,
      },
    );
  }
  if (page.navigator.mediaDevices === undefined) {
    return new FloeError("devices/not-supported", "This browser gives pages neither camera nor microphone", {
      fix: "Use a current browser.",
    });
  }
  return undefined;
}

/**
 * What `getUserMedia` rejected with, as an error with a stable code: `devices/not-allowed`, `devices/not-found`,
 * `devices/in-use`, `devices/overconstrained`, `devices/failed`.
 */
export function deviceFault(cause: unknown, asked: AskedDevices): FloeError {
  const what = nounOf(asked);
  switch (cause instanceof Error ? cause.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return new FloeError("devices/not-allowed", `The page was not allowed to use ${what}${said(cause)}`, {
        fix:
          `Allow ${what} in the browser (the sign in the address bar) and in the system's privacy settings, then try again. ` +
          'A page in a frame needs allow="camera; microphone" on the frame.',
        cause,
      });
    case "NotFoundError":
      return new FloeError("devices/not-found", `There is no ${either(asked)} on this machine`, {
        fix: "Connect one, or go on without it.",
        cause,
      });
    case "NotReadableError":
    case "AbortError":
      return new FloeError("devices/in-use", `The ${either(asked)} does not start${said(cause)}`, {
        fix: "Close other programs and pages that use it, then try again; unplug it and plug it in if that does not help.",
        cause,
      });
    case "OverconstrainedError":
      return overconstrained(cause, asked);
    default:
      return new FloeError("devices/failed", `The browser opened no ${either(asked)}${said(cause)}`, {
        fix: "Choose another device, then try again.",
        cause,
      });
  }
}

function overconstrained(cause: unknown, asked: AskedDevices): FloeError {
  const constraint: unknown = typeof cause === "object" && cause !== null ? Reflect.get(cause, "constraint") : "";
  return constraint === "deviceId"
    ? new FloeError("devices/overconstrained", `The ${either(asked)} that was chosen is not there any more`, {
        fix: "Choose another one.",
        cause,
      })
    : new FloeError("devices/overconstrained", `No ${either(asked)} does what was asked (${String(constraint)})`, {
        fix: "Ask for less, or choose another one.",
        cause,
      });
}

function nounOf({ camera, microphone }: AskedDevices): string {
  return camera && microphone ? "camera and microphone" : `the ${camera ? "camera" : "microphone"}`;
}

function either({ camera, microphone }: AskedDevices): string {
  return camera && microphone ? "camera or microphone" : camera ? "camera" : "microphone";
}

function said(cause: unknown): string {
  return cause instanceof Error && cause.message !== "" ? ` (${cause.message.replace(/\.$/, "")})` : "";
}
