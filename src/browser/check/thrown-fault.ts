// What a step of a connection test has thrown, as its fault.
import type { CheckFault, CheckStepName } from "../../core/check/check-step.js";
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import { FloeError } from "../../core/error/floe-error.js";

/** What a step has thrown, as its fault. Browsers' errors about servers quote no credential. */
export function faultOf(name: CheckStepName, error: unknown): CheckFault {
  if (error instanceof FloeError) {
    return { code: error.code, message: error.message, fix: error.fix };
  }
  const what = maskUrl(error instanceof Error ? error.message : String(error));
  if (name === "signalling") {
    return { code: "symple/bad-url", message: `The address of the server is none (${what})`, fix: "" };
  }
  return { code: "check/not-taken", message: `The browser does not take these servers (${what})`, fix: "" };
}
