// The one test that sizes and counts must pass.

/** Whether a size or a count is a positive integer. */
export function isPositiveInteger(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
