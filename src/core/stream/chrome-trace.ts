// Traces of timed packets in the Trace Event Format that chrome://tracing and Perfetto read: complete ("X") events.
import type { FrameSpan, FrameTrace } from "./frame-trace.js";

/** One event. Times are microseconds. */
export type ChromeTraceEvent = {
  readonly name: string;
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args: Readonly<Record<string, string | number>>;
};

/** A file that a trace viewer opens, once it is JSON. */
export type ChromeTrace = { readonly displayTimeUnit: "ms"; readonly traceEvents: readonly ChromeTraceEvent[] };

/** One stream's traces. */
export type StreamTraces = { readonly name: string; readonly traces: readonly FrameTrace[] };

/** Each stream is a process: its calls one thread, its frames and what each node keeps threads of their own. */
export function chromeTrace(streams: readonly StreamTraces[]): ChromeTrace {
  return {
    displayTimeUnit: "ms",
    traceEvents: streams.flatMap(({ name, traces }, index) => streamEvents(name, traces, index + 1)),
  };
}

function streamEvents(name: string, traces: readonly FrameTrace[], pid: number): readonly ChromeTraceEvent[] {
  const rows = new Rows(pid);
  const events: ChromeTraceEvent[] = [{ name: "process_name", ph: "M", pid, tid: 0, args: { name } }];
  for (const { source, frame, timeUs, startUs, endUs, spans } of traces) {
    const args = { source, frame, timeUs };
    const dur = endUs - startUs;
    const tid = rows.rowFor("frames", startUs, endUs);
    events.push({ name: `frame ${frame}`, cat: "frame", ph: "X", pid, tid, ts: startUs, dur, args });
    for (const { node, doing, startUs: ts, durationUs, selfUs } of spans) {
      events.push({
        name: node,
        cat: doing,
        ph: "X",
        pid,
        tid: doing === "work" ? rows.calls : rows.rowFor(rowName({ node, doing }), ts, ts + durationUs),
        ts,
        dur: durationUs,
        args: { ...args, selfUs },
      });
    }
  }
  return [...events, ...rows.names()];
}

function rowName({ node, doing }: Pick<FrameSpan, "node" | "doing">): string {
  return doing === "wait" ? `waiting in ${node}` : `with ${node}`;
}

/** A viewer wants the events of a thread nested or apart: what overlaps gets another row of the same name. */
class Rows {
  /** Calls nest by themselves: they share one row. */
  readonly calls = 1;
  readonly #pid: number;
  readonly #ends: { readonly name: string; endUs: number }[] = [];

  constructor(pid: number) {
    this.#pid = pid;
  }

  rowFor(name: string, startUs: number, endUs: number): number {
    const free = this.#ends.findIndex((row) => row.name === name && row.endUs <= startUs);
    if (free < 0) {
      return this.#ends.push({ name, endUs }) + this.calls;
    }
    this.#ends[free].endUs = endUs;
    return free + 1 + this.calls;
  }

  names(): readonly ChromeTraceEvent[] {
    const names = ["calls", ...this.#ends.map(({ name }) => name)];
    return names.map((name, index) => ({
      name: "thread_name",
      ph: "M",
      pid: this.#pid,
      tid: index + this.calls,
      args: { name },
    }));
  }
}
