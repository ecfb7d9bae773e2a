// The states of a PacketStream and what each verb does in each of them: one table, so that nothing else decides it.

/** Where a stream is in its life. */
export type StreamState = "none" | "locked" | "active" | "paused" | "stopping" | "stopped" | "closed" | "error";

/** What can be asked of a stream. */
export type StreamVerb = "start" | "pause" | "resume" | "stop" | "close" | "lock" | "reset" | "modify";

/** `go`: it happens; `quiet`: nothing happens, and that is fine; `join`: it is under way, wait for it; `refuse`: misuse. */
export type VerbAnswer = "go" | "quiet" | "join" | "refuse";

type Row = Readonly<Record<StreamState, VerbAnswer>>;

const table: Readonly<Record<StreamVerb, Row>> = {
  // From `paused`, start means resume.
  start: {
    none: "go",
    locked: "go",
    active: "join",
    paused: "go",
    stopping: "refuse",
    stopped: "go",
    closed: "refuse",
    error: "refuse",
  },
  // A stream that is going down or has failed stays so: pausing must not bring it back.
  pause: {
    none: "go",
    locked: "go",
    active: "go",
    paused: "quiet",
    stopping: "quiet",
    stopped: "go",
    closed: "quiet",
    error: "quiet",
  },
  resume: {
    none: "quiet",
    locked: "quiet",
    active: "quiet",
    paused: "go",
    stopping: "quiet",
    stopped: "quiet",
    closed: "quiet",
    error: "quiet",
  },
  stop: {
    none: "go",
    locked: "go",
    active: "go",
    paused: "go",
    stopping: "join",
    stopped: "quiet",
    closed: "quiet",
    error: "go",
  },
  // A new stream closes what it was given, and stays new.
  close: {
    none: "go",
    locked: "go",
    active: "go",
    paused: "go",
    stopping: "go",
    stopped: "go",
    closed: "join",
    error: "go",
  },
  lock: {
    none: "go",
    locked: "refuse",
    active: "refuse",
    paused: "refuse",
    stopping: "refuse",
    stopped: "refuse",
    closed: "refuse",
    error: "refuse",
  },
  reset: {
    none: "go",
    locked: "refuse",
    active: "refuse",
    paused: "refuse",
    stopping: "refuse",
    stopped: "refuse",
    closed: "go",
    error: "refuse",
  },
  // Attaching and detaching.
  modify: {
    none: "go",
    locked: "refuse",
    active: "refuse",
    paused: "refuse",
    stopping: "refuse",
    stopped: "go",
    closed: "refuse",
    error: "refuse",
  },
};

/** What `verb` does in `state`. */
export function answerOf(verb: StreamVerb, state: StreamState): VerbAnswer {
  return table[verb][state];
}

/** Why a packet that comes while nothing runs is dropped. */
export function dropReasonOf(state: StreamState): "early" | "paused" | "late" {
  switch (state) {
    case "none":
    case "locked":
      return "early";
    case "paused":
      return "paused";
    default:
      return "late";
  }
}
