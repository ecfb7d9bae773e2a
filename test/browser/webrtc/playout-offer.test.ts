// Pictures that may wait for their sound: an offer without the playout-delay extension.
import { expect, test } from "vitest";
import { withoutPlayoutDelay } from "../../../src/browser/webrtc/playout-offer.js";
import { crlf, WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

test("the playout-delay extension is not offered, and nothing else changes", () => {
  const offer = crlf(WATCH_OFFER);
  const without = withoutPlayoutDelay(offer);
  const gone = offer.split("\r\n").filter((line) => !without.split("\r\n").includes(line));
  expect(gone).toEqual(["a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"]);
  expect(withoutPlayoutDelay(without)).toBe(without);
});
