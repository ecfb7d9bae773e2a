import { expect, test } from "vitest";
import { TokenBucket } from "../../../src/core/symple/token-bucket.js";
import { seconds } from "../../../src/core/time/units.js";

test("a bucket admits a burst, then the average, and is never fuller than full", () => {
  const bucket = new TokenBucket({ capacity: 5, refillUs: seconds(5) }, 0);
  const admitted = (nowUs: number): number => {
    let count = 0;
    while (bucket.take(nowUs)) {
      count++;
    }
    return count;
  };
  expect(admitted(0)).toBe(5);
  expect(admitted(seconds(0.9))).toBe(0);
  expect(admitted(seconds(1))).toBe(1);
  expect(admitted(seconds(3))).toBe(2);
  expect(admitted(seconds(900))).toBe(5);
});

test("a clock that steps back gives nothing and breaks nothing", () => {
  const bucket = new TokenBucket({ capacity: 1, refillUs: seconds(1) }, seconds(10));
  expect(bucket.take(seconds(10))).toBe(true);
  expect(bucket.take(seconds(3))).toBe(false);
  expect(bucket.take(seconds(10.5))).toBe(false);
  expect(bucket.take(seconds(11))).toBe(true);
});
