// A canvas whose top left carries the stamp of the test source, as a picture and as a live stream.
import { STAMP_BLOCKS, stampBits, stampBlockLeft, stampHeight } from "../../../src/core/media/stamp.js";

/** Draws a stamp for a moment (unix milliseconds) into a canvas of any size. */
export function drawStamp(canvas: HTMLCanvasElement, captureMs: number, frameNumber: number): void {
  const context = canvas.getContext("2d");
  if (context === null) {
    throw new Error("no 2d context");
  }
  const bits = new Uint8Array(STAMP_BLOCKS);
  stampBits({ captureMs: captureMs % 4_294_967_296, frameNumber }, bits);
  context.fillStyle = "#456";
  context.fillRect(0, 0, canvas.width, canvas.height);
  bits.forEach((bit, i) => {
    const left = stampBlockLeft(i, canvas.width);
    context.fillStyle = bit === 1 ? "#fff" : "#000";
    context.fillRect(left, 0, stampBlockLeft(i + 1, canvas.width) - left, stampHeight(canvas.width));
  });
}

/** A canvas of a size, in no document. */
export function makeCanvas(width: number, height: number): HTMLCanvasElement {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** A live stream of `paint`ed frames, 30 a second until it is disposed of. */
export function liveCanvas(
  canvas: HTMLCanvasElement,
  paint: (frameNumber: number) => void,
): { readonly stream: MediaStream } & Disposable {
  let frameNumber = 0;
  paint(frameNumber);
  const stream = canvas.captureStream(30);
  const timer = setInterval(() => paint(++frameNumber), 33);
  return {
    stream,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      for (const track of stream.getTracks()) {
        track.stop();
      }
    },
  };
}
