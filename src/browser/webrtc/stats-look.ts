// One look at the browser's own statistics (W3C webrtc-stats) beside the look before it: totals, how they have grown, and
// which path is in use.

/** An RTCStatsReport, or a Map of plain entries. */
export type StatsSource = { forEach(visit: (entry: StatsEntry) => void): void };

/** One entry of a report, as far as the type says. */
type StatsEntry = { readonly id?: string; readonly type?: string };

/** The fields of an entry. Browsers leave out what they do not know. */
export type StatsFields = { readonly [name: string]: unknown };

/** Keeps what the last look saw, so that the next one can tell rates. One a call. */
export class StatsHistory {
  #lastMs: number;
  #last: ReadonlyMap<string, StatsFields> = new Map();

  /** `nowMs` is the call's beginning, on the clock of `look`. */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** Takes a report of `nowMs`. */
  look(report: StatsSource, nowMs: number): StatsLook {
    const entries = new Map<string, StatsFields>();
    report.forEach((entry) => {
      entries.set(entry.id ?? "", entry as StatsFields);
    });
    const look = new StatsLook(entries, this.#last, Math.max(0, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    this.#last = entries;
    return look;
  }
}

/** What one report says. */
export class StatsLook {
  /** Milliseconds since the look before, or since the call began. */
  readonly intervalMs: number;
  /** The candidate pair in use. */
  readonly pair: StatsFields | undefined;
  readonly #entries: ReadonlyMap<string, StatsFields>;
  readonly #last: ReadonlyMap<string, StatsFields>;

  constructor(entries: ReadonlyMap<string, StatsFields>, last: ReadonlyMap<string, StatsFields>, intervalMs: number) {
    this.#entries = entries;
    this.#last = last;
    this.intervalMs = intervalMs;
    this.pair = selectedPair(entries);
  }

  /** An entry by its id; one without fields when there is none. */
  entry(id: string): StatsFields {
    return this.#entries.get(id) ?? {};
  }

  /** The entries of a type and kind (`audio`, `video`). */
  all(type: string, kind: string): readonly StatsFields[] {
    return [...this.#entries.values()].filter((entry) => entry["type"] === type && entry["kind"] === kind);
  }

  /** By how much a total has grown since the last look; a total that fell has begun anew. */
  growth(now: StatsFields): (name: string) => number {
    const before = this.#last.get(text(now, "id")) ?? {};
    return (name) => Math.max(0, number(now, name) - number(before, name));
  }

  /** An amount of the interval as one per second. */
  perSecond(amount: number): number {
    return per(amount, this.intervalMs / 1000);
  }

  /** `H264`, `opus`; "" while it is unknown. */
  codec(stream: StatsFields): string {
    const mimeType = text(this.entry(text(stream, "codecId")), "mimeType");
    return mimeType.slice(mimeType.indexOf("/") + 1);
  }

  /** The path's round trip by ICE's own checks; undefined until the first one came back. */
  get roundTripMs(): number | undefined {
    const roundTrip = this.pair?.["currentRoundTripTime"];
    return typeof roundTrip === "number" ? roundTrip * 1000 : undefined;
  }

  /** How the media travels: `host udp`, `srflx udp`, `relay tcp` … (our end); "" until there is a path. */
  get path(): string {
    const local = this.entry(text(this.pair ?? {}, "localCandidateId"));
    return `${text(local, "candidateType")} ${text(local, "relayProtocol") || text(local, "protocol")}`.trim();
  }
}

/** A field that is a finite number, else 0. */
export function number(fields: StatsFields, name: string): number {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A field that is a text, else "". */
export function text(fields: StatsFields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

/** A quotient; 0 where there is nothing to divide by. */
export function per(amount: number, divisor: number): number {
  return divisor > 0 ? amount / divisor : 0;
}

/** The transport names the pair in use; where it does not, the nominated one is it. */
function selectedPair(entries: ReadonlyMap<string, StatsFields>): StatsFields | undefined {
  let nominated: StatsFields | undefined;
  for (const entry of entries.values()) {
    const selected = entry["type"] === "transport" ? entries.get(text(entry, "selectedCandidatePairId")) : undefined;
    if (selected !== undefined) {
      return selected;
    }
    if (entry["type"] === "candidate-pair" && entry["nominated"] === true && entry["state"] === "succeeded") {
      nominated = entry;
    }
  }
  return nominated;
}
