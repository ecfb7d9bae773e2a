// The connection test: tries every way to a server from this page, one by one, and says what is wrong with those that fail.

import { CHECK_STEPS, type CheckFault, type CheckOutcome, type CheckStep } from "../../core/check/check-step.js";
import { type IceServer, type ServerAccess, type ServerStep, serversByStep } from "../../core/check/ice-url.js";
import { hostOutcome, relayOutcome, stunOutcome } from "../../core/check/judge-gathering.js";
import {
  type AskedServers,
  type CheckVerdict,
  sumUp,
  withBlockedUdp,
  withUnreachableMedia,
  withWrongAddress,
} from "../../core/check/judge-report.js";
import { StepBoard } from "../../core/check/step-board.js";
import { noWebRtc } from "../../core/check/step-faults.js";
import { maskUrl } from "../../core/diagnosis/mask-url.js";
import { FloeError } from "../../core/error/floe-error.js";
import { foreignHint } from "../symple/foreign-page.js";
import { fetchIceServers } from "../symple/server-config.js";
import { BrowserSympleClient } from "../symple/symple-client.js";
import { firstOf, gather } from "./gather.js";
import { probeRelay } from "./probe-relay.js";
import { tryMedia } from "./try-media.js";

/** What to test, and how. */
export type CheckConnectionOptions = {
  /** The server's signalling, as `<floe-player url>` takes it; relative to the page. */
  readonly url: string;
  /** The server's token; "" for none. Never in the report. */
  readonly token?: string;
  /** Whom to call, as `<floe-player peer>` takes it; the first that can be watched when left out. */
  readonly peer?: string;
  /** STUN and TURN servers; those that the server offers when left out. Credentials are never in the report. */
  readonly iceServers?: readonly RTCIceServer[];
  /** Ends the test: everything is closed, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Hears of each step that begins, ends, or is understood better because of a later one. */
  readonly onStep?: (step: CheckStep, steps: readonly CheckStep[]) => void;
  /** How long each wait may take, in milliseconds. */
  readonly deadlines?: Partial<CheckDeadlines>;
};

/** Waits of a test, in milliseconds. */
export type CheckDeadlines = {
  /** Until the server has let us in; 10000. */
  readonly signallingMs: number;
  /** Until this device, a STUN server or a TURN server has given an address, each; 6000. */
  readonly addressMs: number;
  /** Until something has arrived at a relay's address; 5000. */
  readonly relayMs: number;
  /** From the call until its media; 20000. */
  readonly mediaMs: number;
};

/** What a test has found. Plain JSON without secrets, to be copied into a report. */
export type ConnectionReport = {
  readonly verdict: CheckVerdict;
  /** The verdict in a sentence or two. */
  readonly summary: string;
  readonly steps: readonly CheckStep[];
  /** How media came: `host udp`, `relay tcp` …; "" when none did. */
  readonly path: string;
  /** The server, without what is secret in it. */
  readonly url: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly browser: string;
};

const DEADLINES: CheckDeadlines = { signallingMs: 10_000, addressMs: 6000, relayMs: 5000, mediaMs: 20_000 };
/** Presence of the server's peer comes right after the welcome, or not at all. */
const PEER_MS = 3000;
const RELAY_STEPS = ["turn-udp", "turn-tcp", "turns"] as const;
/** What a server offers by a step, in words. */
const OFFERS: { readonly [step in ServerStep]: string } = {
  stun: "no stun: and no turn: server is offered",
  "turn-udp": "no turn: server by UDP is offered",
  "turn-tcp": "no turn: server by TCP is offered",
  turns: "no turns: server is offered",
};

/**
 * Tests the connection to a server, step by step. Resolves whatever it finds; rejects only with the reason of `signal`. Opens a
 * call of its own and at most four relays at a time, and closes everything.
 */
export async function checkConnection(options: CheckConnectionOptions): Promise<ConnectionReport> {
  const { signal, onStep } = options;
  signal?.throwIfAborted();
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const board: StepBoard = new StepBoard({
    nowMs: () => performance.now(),
    changed: (step) => onStep?.(step, board.steps),
  });
  const path = await new ConnectionCheck(options, board).run();
  signal?.throwIfAborted();
  return {
    ...sumUp(board.steps, path),
    steps: board.steps,
    path,
    url: maskUrl(addressOf(options.url)?.href ?? options.url),
    startedAt,
    durationMs: Math.round(performance.now() - startedMs),
    browser: navigator.userAgent,
  };
}

/** One run. */
class ConnectionCheck {
  readonly #options: CheckConnectionOptions;
  readonly #deadlines: CheckDeadlines;
  readonly #board: StepBoard;
  #client: BrowserSympleClient | undefined;

  constructor(options: CheckConnectionOptions, board: StepBoard) {
    this.#options = options;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    this.#board = board;
  }

  /** Answers how media came, "" for not at all. */
  async run(): Promise<string> {
    try {
      // Settled, not only decided: whatever one of them has opened is closed then.
      const asked = this.#offered();
      await Promise.allSettled([this.#step("signalling", () => this.#signIn()), asked]);
      this.#options.signal?.throwIfAborted();
      const offered = await asked;
      return typeof RTCPeerConnection === "undefined" ? this.#withoutWebRtc() : await this.#ways(offered);
    } finally {
      this.#client?.close();
    }
  }

  async #ways(offered: readonly IceServer[] | string): Promise<string> {
    const iceServers = typeof offered === "string" ? [] : offered;
    const why = typeof offered === "string" ? offered : undefined;
    const servers = serversByStep(iceServers);
    await Promise.allSettled([
      this.#step("host", () => this.#hosts()),
      this.#serverStep("stun", servers, why, () => this.#stun(servers.stun)),
    ]);
    this.#options.signal?.throwIfAborted();
    // One after the other: a user has few relays at a time.
    for (const name of RELAY_STEPS) {
      await this.#serverStep(name, servers, why, () => this.#relay(servers[name]));
    }
    let path = "";
    await this.#step("media", async () => {
      const trial = await this.#media(iceServers);
      path = trial.path;
      return trial.outcome;
    });
    const isTold = this.#options.iceServers === undefined;
    const { hostname = "" } = addressOf(this.#options.url) ?? {};
    const placed = isTold ? withWrongAddress(this.#board.steps, servers, hostname) : this.#board.steps;
    this.#board.revise(withUnreachableMedia(withBlockedUdp(placed, servers, path)));
    return path;
  }

  async #signIn(): Promise<CheckOutcome> {
    const { url, token = "" } = this.#options;
    const until = this.#until(this.#deadlines.signallingMs);
    const client = new BrowserSympleClient({
      url,
      token,
      name: "Connection test",
      peerType: "player",
      rooms: ["public"],
      reconnect: false,
    });
    this.#client = client;
    await firstOf(
      new Promise<void>((resolve) => {
        client.changed.on(({ kind }) => {
          if (kind === "online" || kind === "error") {
            resolve();
          }
        });
        client.open();
      }),
      until,
    );
    const { state } = client;
    if (state.kind === "online") {
      return { state: "passed", detail: "" };
    }
    const hint = state.kind === "error" && state.error.code === "symple/unreachable" ? ` ${foreignHint(url)}` : "";
    const fault =
      state.kind === "error"
        ? faultOf("signalling", state.error)
        : {
            code: "symple/timeout",
            message: "The server does not answer",
            fix: "Check that the address is that of a Floe server.",
          };
    return { state: "failed", fault: { ...fault, fix: `${fault.fix}${hint}`.trim() } };
  }

  /** The servers to try, or why there are none. */
  async #offered(): Promise<readonly IceServer[] | string> {
    const { url, token = "", iceServers } = this.#options;
    if (iceServers !== undefined) {
      return iceServers;
    }
    try {
      const base = new URL(url, self.location.href).href;
      return await fetchIceServers(base, { token, signal: this.#until(this.#deadlines.signallingMs) });
    } catch (error) {
      return error instanceof FloeError ? error.message : "the server did not tell its STUN and TURN servers in time";
    }
  }

  async #hosts(): Promise<CheckOutcome> {
    const until = this.#until(this.#deadlines.addressMs);
    return hostOutcome(await gather({ servers: [], until, isEnough: () => false }));
  }

  async #stun(servers: readonly ServerAccess[]): Promise<CheckOutcome> {
    const until = this.#until(this.#deadlines.addressMs);
    return stunOutcome(
      servers,
      await gather({ servers: servers.map(access), until, isEnough: ({ type }) => type === "srflx" }),
    );
  }

  async #relay(servers: readonly ServerAccess[]): Promise<CheckOutcome> {
    const { addressMs, relayMs } = this.#deadlines;
    const trial = await probeRelay({
      servers: servers.map(access),
      untilRelay: this.#until(addressMs),
      untilArrival: () => this.#until(relayMs),
    });
    return relayOutcome(servers, trial);
  }

  async #media(iceServers: readonly IceServer[]): ReturnType<typeof tryMedia> {
    const client = this.#client;
    if (client?.state.kind !== "online") {
      return { outcome: { state: "skipped", detail: "without signalling there is no call" }, path: "" };
    }
    const { peer = "" } = this.#options;
    const untilMedia = (): AbortSignal => this.#until(this.#deadlines.mediaMs);
    return await tryMedia({
      client,
      wanted: peer,
      iceServers: asRtc(iceServers),
      untilPeer: this.#until(PEER_MS),
      untilMedia,
    });
  }

  #withoutWebRtc(): string {
    for (const name of CHECK_STEPS.filter((step) => step !== "signalling")) {
      const isFirst = name === "host";
      this.#board.end(
        name,
        isFirst ? { state: "failed", fault: noWebRtc() } : { state: "skipped", detail: "this browser has no WebRTC" },
      );
    }
    return "";
  }

  async #serverStep(
    name: ServerStep,
    servers: AskedServers,
    why: string | undefined,
    work: () => Promise<CheckOutcome>,
  ): Promise<void> {
    if (servers[name].length === 0) {
      this.#board.end(name, { state: "skipped", detail: why ?? OFFERS[name] });
    } else {
      await this.#step(name, work);
    }
  }

  /** Runs a step, unless the whole is over. What it throws is its fault, but for the end of the whole. */
  async #step(name: CheckStep["name"], work: () => Promise<CheckOutcome>): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    this.#board.begin(name);
    let outcome: CheckOutcome;
    try {
      outcome = await work();
    } catch (error) {
      outcome = { state: "failed", fault: faultOf(name, error) };
    }
    signal?.throwIfAborted();
    this.#board.end(name, outcome);
  }

  /** Aborts after so long, and with the whole. */
  #until(ms: number): AbortSignal {
    const { signal } = this.#options;
    const timeout = AbortSignal.timeout(ms);
    return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  }
}

/** One server by one way, as the browser takes it. */
function access({ url, username, credential }: ServerAccess): RTCIceServer {
  return {
    urls: url,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function asRtc(servers: readonly IceServer[]): readonly RTCIceServer[] {
  return servers.map(({ urls, ...rest }) => ({ ...rest, urls: [urls].flat() }));
}

/** The address as the page resolves it; undefined when it is none. */
function addressOf(url: string): URL | undefined {
  try {
    return new URL(url, self.location.href);
  } catch {
    return undefined;
  }
}

/** What a step has thrown, as its fault. Browsers' errors about servers quote no credential. */
function faultOf(name: CheckStep["name"], error: unknown): CheckFault {
  if (error instanceof FloeError) {
    return { code: error.code, message: error.message, fix: error.fix };
  }
  const what = maskUrl(error instanceof Error ? error.message : String(error));
  if (name === "signalling") {
    return { code: "symple/bad-url", message: `The address of the server is none (${what})`, fix: "" };
  }
  return { code: "check/not-taken", message: `The browser does not take these servers (${what})`, fix: "" };
}
