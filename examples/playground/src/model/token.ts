// The server's token: taken from the page's address, where others could read it, and kept for this tab.

/** Where the tab keeps it. */
const KEY = "floe:token";

/** What of a window is needed here. */
export type TokenPlace = {
  readonly location: { readonly href: string };
  readonly history: { readonly state: unknown; replaceState(state: unknown, unused: string, url: string): void };
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
};

/** The token of this tab, "" for none. `?token=` in the address wins, is remembered, and is gone from the address then. */
export function takeToken(place: TokenPlace): string {
  const url = new URL(place.location.href);
  const given = url.searchParams.get("token");
  if (given === null) {
    return remembered(place);
  }
  url.searchParams.delete("token");
  place.history.replaceState(place.history.state, "", url.href);
  keepToken(place, given);
  return given;
}

/** Remembers a token for this tab; "" forgets it. */
export function keepToken(place: TokenPlace, token: string): void {
  try {
    if (token === "") {
      place.sessionStorage.removeItem(KEY);
    } else {
      place.sessionStorage.setItem(KEY, token);
    }
  } catch {
    // A browser that keeps nothing for pages: the token holds until the page is left.
  }
}

function remembered(place: TokenPlace): string {
  try {
    return place.sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}
