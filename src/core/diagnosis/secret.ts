// Secret: text that must not be printed. Everything that prints sees `***`; only reveal() gives the text.

const MASK = "***";

/** A token, password or key. Prints as `***` in strings, templates, JSON and Node's inspect. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  static {
    // Node's console and util.inspect ask for this symbol; a class member cannot be named by Symbol.for in declarations.
    Object.defineProperty(Secret.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: () => MASK });
  }

  /** True when there is no secret at all: authentication is off. */
  get isEmpty(): boolean {
    return this.#text === "";
  }

  /** The text itself. Call it at the one place that needs it, and keep the result out of messages. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }
}
