// When the picture flashes and the sound beeps: at every whole second of media time, both from this one place.
import type { MediaMicros, Micros } from "../../time/units.js";

/** From one flash to the next. */
export const FLASH_PERIOD_US: Micros = 1_000_000;
/** How long picture and sound show it. */
export const FLASH_US: Micros = 100_000;

/** Whether the flash is on at `timeUs`. */
export function isFlashAt(timeUs: MediaMicros): boolean {
  return timeUs % FLASH_PERIOD_US < FLASH_US;
}
