// Pictures and bits a second, as a status page wants them.
import { expect, test } from "vitest";
import { ReceiveRate } from "../../../src/core/webrtc/receive-rate.js";

test("rates are of the last two seconds, or of the time since the first packet, and fall to nothing in silence", () => {
  const rate = new ReceiveRate();
  expect(rate.at(0)).toEqual({ pictures: 0, bits: 0 });
  let nowUs = 5_000_000;
  const second = (pictures: number): void => {
    for (let i = 0; i < pictures; i++) {
      rate.packet(1000, nowUs);
      rate.picture(nowUs);
      nowUs += 1_000_000 / pictures;
    }
  };
  second(20);
  expect(rate.at(nowUs)).toEqual({ pictures: 20, bits: 160_000 });
  second(20);
  second(40);
  expect(rate.at(nowUs)).toEqual({ pictures: 30, bits: 240_000 });
  expect(rate.at(nowUs + 1_000_000).pictures).toBe(20);
  expect(rate.at(nowUs + 60_000_000)).toEqual({ pictures: 0, bits: 0 });
});
