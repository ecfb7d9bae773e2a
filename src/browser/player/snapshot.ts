// Still pictures of a video element: taken in its own size, and saved as a file of the viewer's.
import { FloeError } from "../../core/error/floe-error.js";

/** The frame that `video` shows now, as PNG. Rejects with a FloeError when there is none, or the canvas gives none. */
export async function takeSnapshot(video: HTMLVideoElement): Promise<Blob> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0 || video.srcObject === null) {
    throw new FloeError("player/no-picture", "There is no picture to keep", { fix: "Watch something first." });
  }
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) {
    throw new FloeError("player/no-picture", "The browser made no file of the picture");
  }
  return blob;
}

/** A name that sorts by time: `floe-2026-11-21-10-17-41.png`, in the viewer's own time. */
export function snapshotName(at: Date): string {
  const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
  return `floe-${at.getFullYear()}-${parts.map((part) => `${part}`.padStart(2, "0")).join("-")}.png`;
}

/** Hands a file to the browser as a download. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The download has taken the address by the next task.
  self.setTimeout(() => URL.revokeObjectURL(url), 0);
}
