// What /api/status, /api/ready and /api/config say. Plain JSON; no secret and no path of the machine gets in.
import { basename } from "node:path";
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import type { ServerConfig } from "./config/server-config.js";
import { browserIceServers, mediaNetwork } from "./media-network.js";
import type { ServerMode } from "./modes/server-mode.js";
import { packageVersion } from "./package-facts.js";
import { type ShownTransport, statusChecks } from "./status-checks.js";
import type { EmbeddedTurn } from "./turn/embedded-turn.js";
import { turnWords } from "./turn/turn-standing.js";

/** Who answers, on every body. */
export function product(): { product: string; service: string; version: string } {
  return { product: "floe", service: "floe-server", version: packageVersion() };
}

/** What the status is made from. */
export type StatusInput = {
  readonly config: ServerConfig;
  readonly port: number;
  readonly transport: ShownTransport;
  readonly mode: Pick<ServerMode, "status">;
  readonly turn: Pick<EmbeddedTurn, "standing" | "report" | "iceServers">;
  /** Connections, rooms and what was dropped on the signalling. */
  readonly signalling: object;
  readonly uptimeUs: number;
};

/** The status. `ready` is false while a check fails: nobody would get anything. */
export function statusBody({ config, port, transport, mode, turn, signalling, uptimeUs }: StatusInput): {
  ready: boolean;
  [field: string]: unknown;
} {
  const { sections, checks: modeChecks } = mode.status();
  const checks = statusChecks({
    config,
    transport,
    mode: modeChecks,
    turn: turn.standing,
    overRate: turn.report?.counters.drops.overRate ?? 0,
  });
  const warnings = checks.filter(({ result }) => result === "warn");
  const ready = !checks.some(({ result }) => result === "fail");
  return masked({
    ...product(),
    status: ready ? (warnings.length === 0 ? "ok" : "degraded") : "error",
    ready,
    mode: config.media.mode,
    host: config.http.host,
    port,
    http: { host: config.http.host, port, scheme: "http", tls: false },
    tls: { configured: false, enabled: false },
    webrtc: { ...mediaNetwork(config), transport },
    turn: { ...turnWords(turn.standing), ...turn.report },
    web: { root: config.webRoot === undefined ? "built-in" : basename(config.webRoot) },
    peer: { id: config.signalling.id, name: config.signalling.name, type: "server" },
    ...sections,
    signalling,
    checks,
    warnings: warnings.map(({ name, detail }) => `${name}: ${detail}`),
    runtime: { state: "running" },
    uptimeSec: Math.floor(uptimeUs / 1_000_000),
  });
}

/** The same, with the secrets of every URL in it masked: errors of libraries quote what they were given. */
function masked<T>(value: T): T {
  if (typeof value === "string") {
    return maskUrl(value) as T;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return (
    Array.isArray(value)
      ? value.map(masked)
      : Object.fromEntries(Object.entries(value).map(([name, field]) => [name, masked(field)]))
  ) as T;
}

/** What a page needs to know before it connects; `requestHost` is the host by which it reached the server. */
export function configBody(
  { config, port, mode, turn }: Pick<StatusInput, "config" | "port" | "mode" | "turn">,
  requestHost: string | undefined,
): object {
  return {
    status: "ok",
    ...product(),
    mode: config.media.mode,
    ...mode.status().configuration,
    http: { host: config.http.host, port, scheme: "http", tls: false },
    peer: {
      address: `${config.signalling.user}|${config.signalling.id}`,
      id: config.signalling.id,
      name: config.signalling.name,
      type: "server",
    },
    iceServers: [...browserIceServers(config.webrtc.iceServers), ...turn.iceServers(requestHost)],
  };
}
