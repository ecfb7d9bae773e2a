// The one place where core builds a function from text: a chain that is compiled for itself has call sites of its own,
// which an engine can inline; closures that all chains share have not. Texts come from woven-code.ts alone, which writes
// nothing into them but its own words and counted numbers. Where a page's policy forbids it, nothing is lost but speed.

let isAllowed = true;

/** Forbids or allows code from text, for streams started from now on. Closures then do the same, slower. For tests. */
export function allowCode(allowed: boolean): void {
  isAllowed = allowed;
}

/** Whether code may be built, as far as anybody knows. */
export function mayBuildCode(): boolean {
  return isAllowed;
}

/** `text` as the body of a function, or undefined where that is forbidden; after one refusal nobody tries again. */
export function buildCode(
  parameters: readonly string[],
  text: string,
): ((...values: readonly unknown[]) => unknown) | undefined {
  if (!isAllowed) {
    return undefined;
  }
  try {
    return new Function(...parameters, text) as (...values: readonly unknown[]) => unknown;
  } catch {
    isAllowed = false;
    return undefined;
  }
}
