// How a film is to be turned before it is shown: phones record as the sensor lies and say the rest in a display matrix
// (ISO/IEC 14496-12 8.5.2; FFmpeg keeps its nine 32-bit fixed-point numbers).
import type { CodecParameters } from "node-av/lib";
import { requireNodeAv } from "./load-node-av.js";

/** Degrees clockwise, in quarter turns. */
export type Rotation = 0 | 90 | 180 | 270;

const MATRIX_BYTES = 36;

/** What a stream's display matrix asks for; 0 when there is none. */
export function rotationOf(codecParameters: CodecParameters): Rotation {
  if (codecParameters.nbCodedSideData === 0) {
    return 0;
  }
  const matrix = codecParameters.getCodedSideData(requireNodeAv().AV_PKT_DATA_DISPLAYMATRIX);
  return matrix === null ? 0 : rotationOfMatrix(matrix);
}

/** The nearest quarter turn of a display matrix, native byte order. Mirroring is passed over. */
export function rotationOfMatrix(matrix: Uint8Array): Rotation {
  if (matrix.length < MATRIX_BYTES) {
    return 0;
  }
  // a b u / c d v / x y w: the picture's x axis becomes (a, b), with y pointing down.
  const numbers = new DataView(matrix.buffer, matrix.byteOffset, MATRIX_BYTES);
  const a = numbers.getInt32(0, true);
  const b = numbers.getInt32(4, true);
  if (a === 0 && b === 0) {
    return 0;
  }
  const quarters = Math.round(Math.atan2(b, a) / (Math.PI / 2));
  return (((quarters + 4) % 4) * 90) as Rotation;
}
