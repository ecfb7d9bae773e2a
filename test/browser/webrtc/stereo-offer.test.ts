// Asking for stereo sound in an offer (RFC 7587 6.1).
import { expect, test } from "vitest";
import { withStereo } from "../../../src/browser/webrtc/stereo-offer.js";
import { crlf, WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

test("Opus is asked for in stereo, and nothing else changes", () => {
  const expected = WATCH_OFFER.replace("a=fmtp:111 minptime=10;useinbandfec=1", "$&;stereo=1");
  expect(withStereo(WATCH_OFFER)).toBe(expected);
  expect(withStereo(crlf(WATCH_OFFER))).toBe(crlf(expected));
});

test("an offer that says it already, or has no Opus, stays as it is", () => {
  const stereo = withStereo(WATCH_OFFER);
  expect(withStereo(stereo)).toBe(stereo);
  const none = WATCH_OFFER.replace(/^a=rtpmap:111.*$/m, "a=rtpmap:111 other/48000/2");
  expect(withStereo(none)).toBe(none);
});
