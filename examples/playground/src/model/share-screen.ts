// A screen or a window instead of a camera.
import { FloeError } from "floe";

/** Lets the user choose one, and opens it. Rejects with a FloeError: `devices/not-allowed`, `devices/failed`. */
export async function shareScreen(): Promise<readonly MediaStreamTrack[]> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false });
    const tracks = stream.getVideoTracks();
    for (const track of tracks) {
      // Letters stay sharp.
      track.contentHint = "detail";
    }
    return tracks;
  } catch (cause) {
    if (cause instanceof Error && cause.name === "NotAllowedError") {
      throw new FloeError("devices/not-allowed", "No screen is shared", {
        fix: "Choose one when your browser asks, or choose a camera.",
        cause,
      });
    }
    throw new FloeError("devices/failed", `The browser shares no screen (${String(cause)})`, {
      fix: "Choose a camera.",
      cause,
    });
  }
}
