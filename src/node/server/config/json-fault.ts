// Where a text stops being JSON (RFC 8259): engines word it differently and seldom tell the place.

/** The first fault of a text. Line and column count from 1. */
export type JsonFault = { readonly line: number; readonly column: number; readonly what: string };

/** The first fault of a text, or undefined when it is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  const scanner = new JsonScanner(text);
  const what = scanner.scan();
  if (what === undefined) {
    return undefined;
  }
  const before = text.slice(0, scanner.offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: scanner.offset - lineStart + 1, what };
}

const MAX_DEPTH = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a raw control character in a string is the fault to find
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
const SPACE = /[ \t\r\n]*/y;

/** Walks over one JSON text; each method answers with a fault in words, or undefined and the offset behind. */
class JsonScanner {
  offset = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): string | undefined {
    const fault = this.#value(0);
    if (fault !== undefined) {
      return fault;
    }
    this.#take(SPACE);
    return this.offset === this.#text.length ? undefined : "there is something behind the end of the value";
  }

  #value(depth: number): string | undefined {
    this.#take(SPACE);
    const next = this.#text[this.offset];
    if (depth > MAX_DEPTH) {
      return "the values are nested too deeply";
    }
    if (next === "{" || next === "[") {
      return this.#collection(next, depth);
    }
    if (next === '"') {
      return this.#take(STRING) ? undefined : "this string is not closed, or holds a bad escape";
    }
    return this.#take(SCALAR) ? undefined : this.#unexpected("a value");
  }

  #collection(open: "{" | "[", depth: number): string | undefined {
    const close = open === "{" ? "}" : "]";
    this.offset++;
    this.#take(SPACE);
    if (this.#text[this.offset] === close) {
      this.offset++;
      return undefined;
    }
    for (;;) {
      const fault = (open === "{" ? this.#name() : undefined) ?? this.#value(depth + 1);
      if (fault !== undefined) {
        return fault;
      }
      this.#take(SPACE);
      const next = this.#text[this.offset];
      if (next === close) {
        this.offset++;
        return undefined;
      }
      if (next !== ",") {
        return this.#unexpected(`a comma or ${close}`);
      }
      const comma = this.offset++;
      this.#take(SPACE);
      if (this.#text[this.offset] === close) {
        this.offset = comma;
        return `there is a comma before ${close}`;
      }
    }
  }

  #name(): string | undefined {
    this.#take(SPACE);
    if (!this.#take(STRING)) {
      return this.#unexpected("a name in double quotes");
    }
    this.#take(SPACE);
    if (this.#text[this.offset] !== ":") {
      return this.#unexpected("a colon");
    }
    this.offset++;
    return undefined;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.#text);
    this.offset += match?.[0].length ?? 0;
    return match !== null;
  }

  #unexpected(wanted: string): string {
    if (this.offset >= this.#text.length) {
      return `the text ends where ${wanted} should be`;
    }
    return this.#text.startsWith("//", this.offset) || this.#text.startsWith("/*", this.offset)
      ? "JSON has no comments"
      : `expected ${wanted}`;
  }
}
