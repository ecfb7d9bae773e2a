// What /api/status, /api/ready and /api/config say. Plain JSON; no secret and no path of the machine gets in.
import type { ServerConfig } from "./config/server-config.js";
import type { StreamMode } from "./modes/stream/stream-mode.js";
import { packageVersion } from "./package-facts.js";
import { shownSource } from "./shown-source.js";

/** Who answers, on every body. */
export function product(): { product: string; service: string; version: string } {
  return { product: "floe", service: "floe-server", version: packageVersion() };
}

/** What the status is made from. */
export type StatusInput = {
  readonly config: ServerConfig;
  readonly port: number;
  readonly mode: StreamMode;
  readonly uptimeUs: number;
};

/** The status. `ready` is false while the source cannot be opened. */
export function statusBody({ config, port, mode, uptimeUs }: StatusInput): {
  ready: boolean;
  [field: string]: unknown;
} {
  const sessions = mode.sessions();
  const { live, lastError } = mode;
  const ready = lastError === undefined;
  return {
    ...product(),
    status: ready ? "ok" : "error",
    ready,
    mode: config.media.mode,
    host: config.http.host,
    port,
    http: { host: config.http.host, port, scheme: "http", tls: false },
    source: {
      ...shownSource(config.media.source),
      state: live === undefined ? "closed" : "open",
      ...(live === undefined ? {} : { video: live.info.video, audio: live.info.audio }),
      ...(lastError === undefined
        ? {}
        : { error: { code: lastError.code, message: lastError.message, fix: lastError.fix } }),
    },
    peer: { id: config.signalling.id, name: config.signalling.name, type: "server" },
    sessions: {
      total: sessions.length,
      active: sessions.filter(({ state }) => state === "active").length,
      viewers: sessions,
    },
    stream: {
      source: shownSource(config.media.source).value,
      sourceKind: shownSource(config.media.source).kind,
      loop: config.media.loop,
      ...(live === undefined ? {} : live.report()),
    },
    kernels: {
      kind: mode.memory.kernels.kind,
      reason: mode.memory.kernels.reason,
      counters: mode.memory.kernels.counters,
    },
    runtime: { state: "running" },
    uptimeSec: Math.floor(uptimeUs / 1_000_000),
  };
}

/** What a page needs to know before it connects. */
export function configBody({ config, port }: Pick<StatusInput, "config" | "port">): object {
  return {
    status: "ok",
    ...product(),
    mode: config.media.mode,
    source: shownSource(config.media.source),
    http: { host: config.http.host, port, scheme: "http", tls: false },
    peer: {
      address: `${config.signalling.user}|${config.signalling.id}`,
      id: config.signalling.id,
      name: config.signalling.name,
      type: "server",
    },
    iceServers: [],
  };
}
