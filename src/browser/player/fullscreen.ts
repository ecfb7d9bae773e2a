// Filling the screen with one element, where the browser lets a page do so.
import { FloeError } from "../../core/error/floe-error.js";

/** iPhones fill the screen with the bare video only, under a name of their own. */
type PhoneVideo = HTMLVideoElement & { readonly webkitEnterFullscreen?: () => void };

/** Whether there is a way at all; a page in a frame may not be allowed. */
export function canFillScreen(element: Element, video: PhoneVideo): boolean {
  const isAllowed = element.requestFullscreen !== undefined && element.ownerDocument.fullscreenEnabled;
  return isAllowed || video.webkitEnterFullscreen !== undefined;
}

/** Whether `element` fills the screen now. */
export function fillsScreen(element: Element): boolean {
  return element.ownerDocument.fullscreenElement === element;
}

/** Fills the screen with `element`, or leaves it. Rejects with a FloeError when the browser refuses. */
export async function toggleFullscreen(element: Element, video: PhoneVideo): Promise<void> {
  try {
    if (fillsScreen(element)) {
      await element.ownerDocument.exitFullscreen();
    } else if (element.requestFullscreen !== undefined) {
      await element.requestFullscreen();
    } else {
      video.webkitEnterFullscreen?.();
    }
  } catch (error) {
    throw new FloeError("player/no-full-screen", "The browser does not give the whole screen", {
      fix: 'Press the button or the key itself; a page in a frame needs allow="fullscreen".',
      cause: error,
    });
  }
}
