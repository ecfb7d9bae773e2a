// What a server tells in its presence about the source behind its picture: is it there, why not, is it handed on as it is.
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/symple/json.js";

/** How a source is. "idle": nobody watches, so it is closed. "reconnecting": it was lost and is tried again. */
export type SourceState = "idle" | "open" | "reconnecting" | "error";

/** The source behind a peer's picture. Texts are the server's own, "" where it tells nothing. */
export type SourceFacts = {
  /** What it is called; credentials are masked by the server. */
  readonly name: string;
  readonly state: SourceState;
  /** Why it is in this state. */
  readonly words: string;
  /** Whether the picture is handed on untouched, and why not. */
  readonly passthrough: string;
};

const STATES: readonly unknown[] = ["idle", "open", "reconnecting", "error"] satisfies SourceState[];

/** Reads a peer's presence data. Undefined when it tells nothing about a source. */
export function sourceFacts(data: JsonObject): SourceFacts | undefined {
  const source = fieldsOf(data["source"]);
  const state = source?.["state"];
  if (source === undefined || !isSourceState(state)) {
    return undefined;
  }
  const passthrough = source["passthrough"];
  return {
    name: text(source["name"]),
    state,
    words: text(source["words"]),
    passthrough: text(fieldsOf(passthrough)?.["words"] ?? passthrough),
  };
}

function isSourceState(value: unknown): value is SourceState {
  return STATES.includes(value);
}

function fieldsOf(value: JsonValue | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
