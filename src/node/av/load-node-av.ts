// The one place that imports FFmpeg (node-av's low-level API), and only when somebody asks for it.
import { FloeError } from "../../core/error/floe-error.js";

/** node-av's low-level classes and FFmpeg's constants. */
export type NodeAv = typeof import("node-av/lib") & typeof import("node-av/constants");

let loading: Promise<NodeAv> | undefined;
let loaded: NodeAv | undefined;

/** How the two halves of node-av are imported; tests bring a failing one. */
export type NodeAvImporter = () => Promise<NodeAv>;

/**
 * Loads FFmpeg once per process. Its own log is silent: it writes past our logger, and every failure comes as a code
 * that we put in words. Throws FloeError `av/not-installed` when the
 * optional package is not there or has no build for this platform.
 */
export function loadNodeAv(importer: NodeAvImporter = importNodeAv): Promise<NodeAv> {
  loading ??= open(importer).catch((cause: unknown) => {
    // Not remembered: the package may be installed while the process lives.
    loading = undefined;
    throw notInstalled(cause);
  });
  return loading;
}

/** FFmpeg, for synchronous code. Throws FloeError `av/not-loaded` before `loadNodeAv` has resolved. */
export function requireNodeAv(): NodeAv {
  if (loaded === undefined) {
    throw new FloeError("av/not-loaded", "FFmpeg was used before it was loaded", { fix: "Await loadNodeAv() first." });
  }
  return loaded;
}

async function open(importer: NodeAvImporter): Promise<NodeAv> {
  const av = await importer();
  av.Log.setLevel(av.AV_LOG_FATAL);
  loaded = av;
  return av;
}

async function importNodeAv(): Promise<NodeAv> {
  const [lib, constants] = await Promise.all([import("node-av/lib"), import("node-av/constants")]);
  return { ...lib, ...constants };
}

function notInstalled(cause: unknown): FloeError {
  return new FloeError(
    "av/not-installed",
    `FFmpeg (the optional package node-av) cannot be loaded on ${process.platform}-${process.arch}`,
    {
      fix: "Run npm install node-av, without --omit=optional.",
      cause,
    },
  );
}
