// The test picture: background, clock, counter, moving object, flash, moving texture, and the stamp as the last stroke.
// A surface that was drawn before only gets the strokes that differ.
import type { MediaMicros, WallMicros } from "../../time/units.js";
import { writeStamp } from "../stamp.js";
import { isFlashAt } from "./flash.js";
import {
  allocateSurface,
  copySurface,
  evenFloor,
  fillRectangle,
  type I420Surface,
  NEUTRAL_CHROMA,
  type Rectangle,
  type YuvColor,
} from "./i420-surface.js";
import { MovingTexture } from "./moving-texture.js";
import { layOutPattern, type PatternLayout } from "./pattern-layout.js";
import { updateTextLine } from "./text-line.js";
import { wallClockText } from "./wall-clock-text.js";

/** One frame to draw. */
export type PatternFrame = {
  /** Frame number, from 0. */
  readonly index: number;
  /** Its media time: flash and movement follow it. */
  readonly timeUs: MediaMicros;
  /** The wall clock at the moment of drawing: the clock and the stamp show it. */
  readonly wallUs: WallMicros;
};

/** What a surface shows now; made by `TestPattern.prepare`, kept beside the surface. */
export type SurfaceState = {
  clock: string;
  counter: string;
  objectX: number;
  isFlashing: boolean;
};

const NIGHT: YuvColor = [24, NEUTRAL_CHROMA, NEUTRAL_CHROMA];
const WHITE: YuvColor = [235, NEUTRAL_CHROMA, NEUTRAL_CHROMA];
const DARK: YuvColor = [40, NEUTRAL_CHROMA, NEUTRAL_CHROMA];
const LANE: YuvColor = [60, 140, 118];
const OBJECT: YuvColor = [180, 60, 150];
const TEXTURE_TINT: YuvColor = [120, 118, 136];
/** 75 % bars, BT.709: grey, yellow, cyan, green, magenta, red, blue. */
const BARS: readonly YuvColor[] = [
  [180, 128, 128],
  [168, 44, 136],
  [145, 147, 44],
  [133, 63, 52],
  [63, 193, 204],
  [51, 109, 212],
  [28, 212, 120],
];
/** The object crosses its lane and returns in this time. */
const OBJECT_PERIOD_US = 4_000_000;

/** Draws the test picture of one size. Holds no surface of its own but the finished background. */
export class TestPattern {
  readonly width: number;
  readonly height: number;
  readonly #layout: PatternLayout;
  readonly #background: I420Surface;
  readonly #texture: MovingTexture;

  /** `width` and `height` are even; `label` is one line of up to 40 characters. */
  constructor({ width, height, label }: { readonly width: number; readonly height: number; readonly label: string }) {
    this.width = width;
    this.height = height;
    this.#layout = layOutPattern(width, height);
    this.#texture = new MovingTexture(this.#layout.texture);
    this.#background = allocateSurface(width, height);
    this.#paintBackground(label);
  }

  /** Fills a new surface with the background, and says what it shows. */
  prepare(surface: I420Surface): SurfaceState {
    copySurface(this.#background, surface);
    return { clock: "", counter: "", objectX: -1, isFlashing: false };
  }

  /** Draws `frame` over whatever frame the surface showed before. */
  draw(surface: I420Surface, state: SurfaceState, frame: PatternFrame): void {
    const { clock, counter, stamp } = this.#layout;
    const clockText = wallClockText(frame.wallUs);
    updateTextLine(surface, clock, state.clock, clockText);
    state.clock = clockText;
    const counterText = String(frame.index).padStart(7, "0");
    updateTextLine(surface, counter, state.counter, counterText);
    state.counter = counterText;
    this.#moveObject(surface, state, frame.timeUs);
    this.#flash(surface, state, isFlashAt(frame.timeUs));
    this.#texture.draw(surface, frame.index, frame.timeUs);
    writeStamp(
      surface.planes[0],
      { width: stamp.width, height: surface.height, strideBytes: surface.strides[0] },
      { captureMs: Math.floor(frame.wallUs / 1000), frameNumber: frame.index },
    );
  }

  #paintBackground(label: string): void {
    const surface = this.#background;
    const { stamp, label: labelPlace, bars, flash, lane, texture } = this.#layout;
    fillRectangle(surface, { x: 0, y: 0, width: this.width, height: this.height }, NIGHT);
    fillRectangle(surface, stamp, NIGHT);
    updateTextLine(surface, labelPlace, "", label);
    const barWidth = evenFloor(bars.width / BARS.length);
    for (const [index, color] of BARS.entries()) {
      fillRectangle(surface, { ...bars, x: bars.x + index * barWidth, width: barWidth }, color);
    }
    fillRectangle(surface, flash, DARK);
    fillRectangle(surface, lane, LANE);
    fillRectangle(surface, texture, TEXTURE_TINT);
  }

  #objectAt(x: number): Rectangle {
    const { lane } = this.#layout;
    return { x, y: lane.y, width: lane.height, height: lane.height };
  }

  #moveObject(surface: I420Surface, state: SurfaceState, timeUs: MediaMicros): void {
    const { lane } = this.#layout;
    const phase = (timeUs % OBJECT_PERIOD_US) / OBJECT_PERIOD_US;
    const share = phase < 0.5 ? phase * 2 : 2 - phase * 2;
    const x = lane.x + evenFloor((lane.width - lane.height) * share);
    if (state.objectX >= 0) {
      fillRectangle(surface, this.#objectAt(state.objectX), LANE);
    }
    fillRectangle(surface, this.#objectAt(x), OBJECT);
    state.objectX = x;
  }

  #flash(surface: I420Surface, state: SurfaceState, isOn: boolean): void {
    if (isOn !== state.isFlashing) {
      fillRectangle(surface, this.#layout.flash, isOn ? WHITE : DARK);
      state.isFlashing = isOn;
    }
  }

  /** Where the flash is, for whoever looks for it in a picture. */
  get flashArea(): Rectangle {
    return this.#layout.flash;
  }
}
