// The one place that imports werift: lazily and once.
import type * as WeriftNamespace from "werift";
import { FloeError } from "../../../core/error/floe-error.js";

/** The library's namespace. */
export type Werift = typeof WeriftNamespace;

let loading: Promise<Werift> | undefined;

/** Loads the library. Throws `webrtc/not-installed` when the optional package is absent. */
export async function loadWerift(): Promise<Werift> {
  loading ??= load();
  try {
    return await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

async function load(): Promise<Werift> {
  try {
    return await import("werift");
  } catch (cause) {
    throw new FloeError("webrtc/not-installed", "the package werift is missing or cannot be loaded", {
      fix: "Run `npm install werift@0.24.4`.",
      cause,
    });
  }
}
