// An offer gets the codecs that the stream is in: G.711 as the camera speaks it, nothing for what there is not.
import { expect, test } from "vitest";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { streamingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import type { SectionPlan } from "../../../src/core/webrtc/negotiation-plan.js";
import { WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

const chosen = (section: SectionPlan): unknown =>
  section.kind === "media"
    ? [section.media, section.codec.encodingName, section.codec.payloadType, section.codec.clockRateHz]
    : section.kind;

test("Chromium's offer gets PCMU as 0 and PCMA as 8, at 8 kHz", () => {
  for (const [audio, name, payloadType] of [
    ["pcmu", "PCMU", 0],
    ["pcma", "PCMA", 8],
  ] as const) {
    const plan = planAnswer(parseSdp(WATCH_OFFER), streamingCapabilities({ video: "h264", audio }));
    expect(plan.sections.slice(0, 2).map(chosen)).toEqual([
      ["video", "H264", 108, 90_000],
      ["audio", name, payloadType, 8000],
    ]);
  }
});

test("G.711 is found under a number of its own, and without an rtpmap", () => {
  const offer = (lines: string): string =>
    `v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE 0\na=ice-ufrag:abcd\na=ice-pwd:efgh\na=fingerprint:sha-256 AA:BB\na=setup:actpass\n${lines}\na=mid:0\na=recvonly\na=rtcp-mux\n`;
  const pcma = streamingCapabilities({ audio: "pcma" });
  const bare = planAnswer(parseSdp(offer("m=audio 9 UDP/TLS/RTP/SAVPF 0 8")), pcma);
  const mapped = planAnswer(parseSdp(offer("m=audio 9 UDP/TLS/RTP/SAVPF 97\na=rtpmap:97 pcma/8000")), pcma);
  expect([chosen(bare.sections[0]), chosen(mapped.sections[0])]).toEqual([
    ["audio", "PCMA", 8, 8000],
    ["audio", "pcma", 97, 8000],
  ]);
});

test("an offer without the stream's codec keeps the picture, and a note says what is missing", () => {
  const offer = WATCH_OFFER.replace(/^a=rtpmap:8 PCMA.*\r?\n/m, "").replace(
    /( UDP\/TLS\/RTP\/SAVPF.*) 8( |\r|$)/m,
    "$1$2",
  );
  const plan = planAnswer(parseSdp(offer), streamingCapabilities({ video: "h264", audio: "pcma" }));
  expect(plan.sections.slice(0, 2).map(chosen)).toEqual([["video", "H264", 108, 90_000], "inactive"]);
  expect(plan.notes[0]).toContain(
    "section 1 (audio, mid 1) is inactive: no common codec: we have PCMA, the offer has opus",
  );
});

test("a stream without sound leaves the audio section inactive, and says so", () => {
  const plan = planAnswer(parseSdp(WATCH_OFFER), streamingCapabilities({ video: "h264" }));
  expect(chosen(plan.sections[1])).toBe("inactive");
  expect(plan.notes.join()).toContain("we neither send nor receive it");
});
