// Turns a stretch of a chain into the functions that packets come in by.
import type { Run } from "./run.js";
import type { Next } from "./stage.js";
import type { Stretch } from "./step.js";
import { weaveClosures } from "./woven-closures.js";
import { weaveCode } from "./woven-code.js";

/** The doors of the stretch, in the order in which they are named: generated code, or closures where that may not be. */
export function weave(stretch: Stretch, run: Run): readonly Next[] {
  // Policing is for development, not for speed: one of the two ways knows about it.
  return (run.policing ? undefined : weaveCode(stretch, run)) ?? weaveClosures(stretch, run);
}
