// What one connection has tried to find a path (RFC 8445): addresses of both sides by kind, servers that gave none, and how far
// it came. It decides nothing; it is what an end without a path is told with.
import type { EndCode } from "./peer-session-state.js";

type Kind = "host" | "srflx" | "relay";

/** Ends that come before media can flow. */
export type SearchFailure = {
  readonly code: Extract<EndCode, "no-candidates" | "no-path" | "dtls-failed">;
  readonly detail: string;
};

/** Candidates that are counted, and servers' errors that are kept, of one side. */
const MAX_CANDIDATES = 128;
const MAX_FAULTS = 16;
const KIND = / typ (host|srflx|relay)\b/;

/** One connection's search after another. */
export class PathSearch {
  readonly #iceUrls: readonly string[];
  #here = new Set<string>();
  #there = new Set<string>();
  readonly #faults = new Map<string, string>();
  #hasPath = false;

  /** `iceUrls`: the STUN and TURN servers of this side. */
  constructor(iceUrls: readonly string[]) {
    this.#iceUrls = iceUrls;
  }

  /** Another connection. */
  begin(): void {
    this.#here = new Set();
    this.#there = new Set();
    this.#faults.clear();
    this.#hasPath = false;
  }

  /** A description or a trickled candidate of ours. */
  here(text: string): void {
    collect(text, this.#here);
  }

  /** A description or a trickled candidate of the peer. */
  there(text: string): void {
    collect(text, this.#there);
  }

  /** A server gave no address: `what` in its words. */
  serverFailed(url: string, what: string): void {
    if (this.#faults.size < MAX_FAULTS) {
      this.#faults.set(url, what);
    }
  }

  /** There is a path; encryption comes next. */
  found(): void {
    this.#hasPath = true;
  }

  /** What it failed at, should it have failed now. */
  get failure(): SearchFailure {
    if (this.#hasPath) {
      return { code: "dtls-failed", detail: "" };
    }
    if (this.#there.size === 0) {
      return { code: "no-candidates", detail: "the other side sent no address to reach it at" };
    }
    if (this.#here.size === 0) {
      return { code: "no-candidates", detail: "this side found no address of its own" };
    }
    const here = (["host", "srflx", "relay"] as const).map((kind) => this.#yield(kind)).join(", ");
    return { code: "no-path", detail: `tried ${here} here, and ${kindsOf(this.#there)} there` };
  }

  /** `host (2)`, `relay (none: no TURN server)`. */
  #yield(kind: Kind): string {
    const count = countOf(this.#here, kind);
    return `${NAMES[kind]} (${count === 0 ? `none${this.#why(kind)}` : count})`;
  }

  #why(kind: Kind): string {
    const scheme = kind === "srflx" ? /^(stun|turn):/i : /^turns?:/i;
    const urls = this.#iceUrls.filter((url) => scheme.test(url));
    if (kind === "host") {
      return "";
    }
    if (urls.length === 0) {
      return kind === "relay" ? ": no TURN server" : ": no STUN server";
    }
    const fault = [...this.#faults].find(([url]) => scheme.test(url))?.[1];
    return `: ${fault ?? "no answer"}`;
  }
}

const NAMES: { readonly [kind in Kind]: string } = { host: "host", srflx: "STUN", relay: "relay" };

/** Takes the candidates out of a line or of a whole description. */
function collect(text: string, into: Set<string>): void {
  for (const line of text.split(/\r?\n/)) {
    const candidate = line.replace(/^a=/, "");
    if (candidate.startsWith("candidate:") && into.size < MAX_CANDIDATES) {
      into.add(candidate);
    }
  }
}

function countOf(candidates: ReadonlySet<string>, kind: Kind): number {
  return [...candidates].filter((candidate) => KIND.exec(candidate)?.[1] === kind).length;
}

/** `host (1), relay (1)`; kinds that are not there are left out. */
function kindsOf(candidates: ReadonlySet<string>): string {
  return (["host", "srflx", "relay"] as const)
    .map((kind) => ({ kind, count: countOf(candidates, kind) }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${NAMES[kind]} (${count})`)
    .join(", ");
}
