// Kernel sample-format: sound between 16-bit integers and 32-bit floats.

/** One step of an s16 sample. */
const STEP: f32 = 1.0 / 32768.0;

/** `count` s16 at `input` to f32 from -1 to 1 at `output`: exact. */
export function s16ToF32(input: usize, output: usize, count: usize): void {
  const step = f32x4.splat(STEP);
  const end = input + 2 * count;
  for (; end - input >= 16; input += 16, output += 32) {
    const samples = v128.load(input);
    v128.store(output, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(samples)), step));
    v128.store(output, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(samples)), step), 16);
  }
  for (; input < end; input += 2, output += 4) {
    store<f32>(output, <f32>load<i16>(input) * STEP);
  }
}

/** Four f32 to i32: x 32768, to the nearest, halves to even; not a number comes to 0. */
// @ts-ignore: decorator
@inline
function toSteps(samples: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(samples, f32x4.splat(32768))));
}

/** `count` f32 at `input` to s16 at `output`: x 32768, rounded to the nearest (halves to even), held to -32768..32767, NaN 0. */
export function f32ToS16(input: usize, output: usize, count: usize): void {
  const end = input + 4 * count;
  for (; end - input >= 32; input += 32, output += 16) {
    v128.store(output, i16x8.narrow_i32x4_s(toSteps(v128.load(input)), toSteps(v128.load(input, 16))));
  }
  for (; input < end; input += 4, output += 2) {
    const steps = toSteps(f32x4.splat(load<f32>(input)));
    v128.store16_lane(output, i16x8.narrow_i32x4_s(steps, steps), 0);
  }
}
