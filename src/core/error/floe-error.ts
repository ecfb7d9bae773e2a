// The one base of every error that Floe throws, and the one child that parsers throw.

/**
 * An error with a stable code (`room/what`), a sentence about what happened, and, where there is one, the fix.
 * Printed as `code: what happened. How to fix it.`
 */
export class FloeError extends Error {
  /** Stable, for programs to branch on: `source/not-found`. */
  readonly code: string;
  /** What the reader can do about it; one sentence, or empty. */
  readonly fix: string;

  constructor(code: string, what: string, options: { readonly fix?: string; readonly cause?: unknown } = {}) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FloeError";
    this.code = code;
    this.fix = options.fix ?? "";
  }

  /** One line for people: `code: what happened. How to fix it.` */
  override toString(): string {
    const what = this.message.endsWith(".") ? this.message : `${this.message}.`;
    return `${this.code}: ${what}${this.fix === "" ? "" : ` ${this.fix}`}`;
  }
}

/** Bytes from outside that do not parse. Parsers throw this and nothing else. */
export class WireError extends FloeError {
  constructor(code: string, what: string) {
    super(code, what);
    this.name = "WireError";
  }
}
