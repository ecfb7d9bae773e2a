// The bitrate of the last thirty seconds as a line, and as words beside it.
import { useEffect, useRef } from "preact/hooks";
import { type StripPoint, stripLines, stripWords } from "../model/bitrate-strip.js";
import { bitrateSamples } from "../model/watching.js";

/** Drawn once a second, when a sample comes, and when the colours or the size change. */
export function BitrateStrip() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const samples = bitrateSamples.value;
  const words = stripWords(samples);
  useEffect(() => draw(canvas.current, stripLines(samples)), [samples]);
  useEffect(() => {
    const redraw = (): void => draw(canvas.current, stripLines(bitrateSamples.value));
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const sizes = new ResizeObserver(redraw);
    scheme.addEventListener("change", redraw);
    if (canvas.current !== null) {
      sizes.observe(canvas.current);
    }
    return () => {
      scheme.removeEventListener("change", redraw);
      sizes.disconnect();
    };
  }, []);
  return (
    <dd class="note">
      <canvas ref={canvas} class="strip" data-testid="bitrate-strip" />
      <span data-testid="bitrate-range">{words === "" ? "last 30 s" : words}</span>
    </dd>
  );
}

/** In the element's own colour, at the screen's own resolution. */
function draw(canvas: HTMLCanvasElement | null, lines: readonly (readonly StripPoint[])[]): void {
  const context = canvas?.getContext("2d");
  if (canvas === null || context === undefined || context === null) {
    return;
  }
  const scale = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
  }
  const place = ({ x, y }: StripPoint): [number, number] => [x * width, height - scale - y * (height - 2 * scale)];
  const { color } = getComputedStyle(canvas);
  context.clearRect(0, 0, width, height);
  context.lineWidth = 1.5 * scale;
  context.lineJoin = "round";
  context.strokeStyle = color;
  context.fillStyle = color;
  for (const line of lines) {
    context.beginPath();
    for (const point of line) {
      context.lineTo(...place(point));
    }
    context.stroke();
    const [firstX] = place(line[0]);
    const [lastX] = place(line[line.length - 1]);
    context.lineTo(lastX, height);
    context.lineTo(firstX, height);
    context.globalAlpha = 0.16;
    context.fill();
    context.globalAlpha = 1;
  }
}
