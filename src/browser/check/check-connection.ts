// The connection test: tries every way to a server from this page, one by one, and says what is wrong with those that fail.
import { CHECK_STEPS, type CheckOutcome, type CheckStep } from "../../core/check/check-step.js";
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
import { fetchIceServers } from "../symple/server-config.js";
import type { BrowserSympleClient } from "../symple/symple-client.js";
import { CHECK_DEADLINES, type CheckConnectionOptions, type CheckDeadlines } from "./check-options.js";
import { gather } from "./gather.js";
import { probeRelay } from "./probe-relay.js";
import { signIn, signInClient } from "./sign-in.js";
import { faultOf } from "./thrown-fault.js";
import { tryMedia } from "./try-media.js";

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

/** Presence of the server's peer comes right after the welcome, or not at all. */
const PEER_MS = 3000;
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
  /** Addresses of relays at which nothing arrives. */
  readonly #lostAddresses = new Set<string>();
  #client: BrowserSympleClient | undefined;

  constructor(options: CheckConnectionOptions, board: StepBoard) {
    this.#options = options;
    this.#deadlines = { ...CHECK_DEADLINES, ...options.deadlines };
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
    const relay = (name: "turn-udp" | "turn-tcp" | "turns"): Promise<void> =>
      this.#serverStep(name, servers, why, () => this.#relay(servers[name]));
    await Promise.allSettled([
      this.#step("host", () => this.#hosts()),
      this.#serverStep("stun", servers, why, () => this.#stun(servers.stun)),
      relay("turn-udp"),
    ]);
    this.#options.signal?.throwIfAborted();
    // One after the other: a user has few relays at a time.
    await relay("turn-tcp");
    await relay("turns");
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

  #signIn(): Promise<CheckOutcome> {
    const { url, token = "" } = this.#options;
    const client = signInClient({ url, token });
    this.#client = client;
    return signIn(client, { url, until: this.#until(this.#deadlines.signallingMs) });
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
      isLost: (address) => this.#lostAddresses.has(address),
    });
    for (const { type, address } of trial.probe === "lost" ? trial.gathering.candidates : []) {
      if (type === "relay") {
        this.#lostAddresses.add(address);
      }
    }
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
