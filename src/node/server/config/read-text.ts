// The text of a flag or an environment variable as the raw value that the schema then checks.
import type { ValueKind } from "./value-kinds.js";

const YES: ReadonlySet<string> = new Set(["1", "true", "yes", "on"]);
const NO: ReadonlySet<string> = new Set(["0", "false", "no", "off"]);

/** Text read as a kind wants it. What cannot be read stays text, and the schema refuses it. */
export function readText(text: string, kind: ValueKind<unknown>): unknown {
  switch (kind.text) {
    case "string":
      return text;
    case "number":
      return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text.trim()) ? Number(text) : text;
    case "boolean": {
      const word = text.trim().toLowerCase();
      return YES.has(word) ? true : NO.has(word) ? false : text;
    }
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    default:
      return kind.text satisfies never;
  }
}
