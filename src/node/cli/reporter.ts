// What the command prints: lines of text for people, or one JSON object a line for programs. Nothing leaves unmasked.
import type { Writable } from "node:stream";
import { escapeControls } from "../../core/diagnosis/log-line.js";
import { plainFields, plainText } from "../../core/diagnosis/log-value.js";
import type { FloeError } from "../../core/error/floe-error.js";
import type { ServerEvent } from "../server/server-event.js";

/** Prints to stdout and, errors for people, to stderr. A closed pipe makes it quiet and is no fault. */
export class Reporter {
  readonly isJson: boolean;
  readonly #stdout: Writable;
  readonly #stderr: Writable;

  constructor(
    { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
    options: { readonly json: boolean },
  ) {
    this.isJson = options.json;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** A happening: JSON has it whole, people read `text`; without text it is for programs only. */
  event(event: ServerEvent, text?: string): void {
    if (this.isJson) {
      write(this.#stdout, `${JSON.stringify(plainFields(event))}\n`);
    } else if (text !== undefined) {
      write(this.#stdout, `${plainText(text)}\n`);
    }
  }

  /** An answer that the user asked for, such as the help; it comes from us and is printed as it is. */
  answer(event: ServerEvent, text: string): void {
    write(this.#stdout, this.isJson ? `${JSON.stringify(event)}\n` : `${text.trimEnd()}\n`);
  }

  /** An error in one line: `code: what. How to fix it.` */
  error(error: FloeError): void {
    if (this.isJson) {
      const { code, message, fix } = error;
      write(this.#stdout, `${JSON.stringify(plainFields({ event: "error", code, message, fix }))}\n`);
    } else {
      write(this.#stderr, `${escapeControls(plainText(error.toString()))}\n`);
    }
  }
}

function write(stream: Writable, text: string): void {
  if (!stream.destroyed && stream.errored === null) {
    stream.write(text);
  }
}
