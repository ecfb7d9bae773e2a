// Which of its views the page shows: the server's mode decides.
import { effect, signal } from "@preact/signals";
import { serverFacts } from "./server-link.js";

/** Something to watch, or a camera to record. */
export type PageView = "watch" | "record";

const KEY = "floe:view";

/** What is shown. Until the server has told its mode: what it was last time, so that nothing jumps. */
export const pageView = signal<PageView>(remembered());

/** Follows the server's mode for as long as the page is open; it stays while the server is away. */
export function followMode(): void {
  effect(() => {
    const facts = serverFacts.value;
    if (facts !== undefined) {
      pageView.value = facts.mode === "record" ? "record" : "watch";
      remember(pageView.peek());
    }
  });
}

function remembered(): PageView {
  try {
    return window.localStorage.getItem(KEY) === "record" ? "record" : "watch";
  } catch {
    return "watch";
  }
}

function remember(view: PageView): void {
  try {
    window.localStorage.setItem(KEY, view);
  } catch {
    // The next time it jumps.
  }
}
