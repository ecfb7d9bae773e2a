// Whether a stream wants colours: a terminal does, unless NO_COLOR says no or the terminal is dumb.

/** What is asked of a stream. */
export type MaybeTerminal = { readonly isTTY?: boolean };

/** True for a terminal that can show colours, when `NO_COLOR` is absent or empty (no-color.org). */
export function useColor(stream: MaybeTerminal, env: { readonly [name: string]: string | undefined }): boolean {
  return stream.isTTY === true && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}
