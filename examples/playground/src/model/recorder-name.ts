// The name under which this page broadcasts; recordings are called after it.

const KEY = "floe:recorder-name";
/** When none is given. */
export const DEFAULT_NAME = "camera";
const MAX_LENGTH = 60;

/** What somebody typed as a name that a Symple user may have: no pipe, no control characters, not empty. */
export function recorderName(typed: string): string {
  const clean = typed
    .replace(/[|\p{Cc}\p{Cs}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_LENGTH)
    .trim();
  return clean === "" ? DEFAULT_NAME : clean;
}

/** The name of last time, as it was typed; "" for none. */
export function rememberedName(place: { readonly localStorage: Pick<Storage, "getItem"> }): string {
  try {
    return place.localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** Remembers it for the next time, if the browser lets pages keep anything. */
export function rememberName(place: { readonly localStorage: Pick<Storage, "setItem"> }, typed: string): void {
  try {
    place.localStorage.setItem(KEY, typed);
  } catch {
    // It holds until the page is left.
  }
}
