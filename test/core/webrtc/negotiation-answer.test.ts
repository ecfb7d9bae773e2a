// Writing the planned answer, and the offer as a transport library may see it (RFC 8829 5.3.1).
import { describe, expect, test } from "vitest";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";
import { type LocalAnswerParameters, writeAnswer } from "../../../src/core/webrtc/answer.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { streamingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import { h264Capability } from "../../../src/core/webrtc/negotiation-h264.js";
import { offerForTransport } from "../../../src/core/webrtc/negotiation-offer-filter.js";
import { PUBLISH_OFFER, WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

const LOCAL: LocalAnswerParameters = {
  iceUfrag: "floe",
  icePwd: "0123456789012345678901",
  fingerprint: { algorithm: "sha-256", value: "AA:BB:CC" },
  candidates: ["candidate:1 1 UDP 2122317823 127.0.0.1 40000 typ host"],
  tracks: {
    0: { ssrc: 1111, rtxSsrc: 3333, cname: "floe", streamId: "live", trackId: "video" },
    1: { ssrc: 2222, cname: "floe", streamId: "live", trackId: "audio" },
  },
};

const offer = parseSdp(WATCH_OFFER);
const silent = { ...streamingCapabilities(), audio: { direction: "inactive", extensions: [] } } as const;

describe("the answer", () => {
  test("to Chromium's offer is this text", () => {
    expect(writeSdp(writeAnswer(planAnswer(offer, streamingCapabilities()), LOCAL)).split("\r\n")).toEqual([
      "v=0",
      "o=- 1 1 IN IP4 127.0.0.1",
      "s=-",
      "t=0 0",
      "a=group:BUNDLE 0 1 2",
      "m=video 9 UDP/TLS/RTP/SAVPF 108",
      "c=IN IP4 0.0.0.0",
      "a=candidate:1 1 UDP 2122317823 127.0.0.1 40000 typ host",
      "a=ice-ufrag:floe",
      "a=ice-pwd:0123456789012345678901",
      "a=ice-options:trickle",
      "a=fingerprint:sha-256 AA:BB:CC",
      "a=setup:active",
      "a=mid:0",
      "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
      "a=sendonly",
      "a=msid:live video",
      "a=rtcp-mux",
      "a=rtcp-rsize",
      "a=rtpmap:108 H264/90000",
      "a=rtcp-fb:108 goog-remb",
      "a=rtcp-fb:108 ccm fir",
      "a=rtcp-fb:108 nack",
      "a=rtcp-fb:108 nack pli",
      "a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
      "a=ssrc:1111 cname:floe",
      "a=ssrc:1111 msid:live video",
      "m=audio 9 UDP/TLS/RTP/SAVPF 111",
      "c=IN IP4 0.0.0.0",
      "a=ice-ufrag:floe",
      "a=ice-pwd:0123456789012345678901",
      "a=ice-options:trickle",
      "a=fingerprint:sha-256 AA:BB:CC",
      "a=setup:active",
      "a=mid:1",
      "a=sendonly",
      "a=msid:live audio",
      "a=rtcp-mux",
      "a=rtcp-rsize",
      "a=rtpmap:111 opus/48000/2",
      "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1",
      "a=ssrc:2222 cname:floe",
      "a=ssrc:2222 msid:live audio",
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "c=IN IP4 0.0.0.0",
      "a=ice-ufrag:floe",
      "a=ice-pwd:0123456789012345678901",
      "a=ice-options:trickle",
      "a=fingerprint:sha-256 AA:BB:CC",
      "a=setup:active",
      "a=mid:2",
      "a=sctp-port:5000",
      "a=max-message-size:262144",
      "",
    ]);
  });

  test("keeps an inactive section's port and place in the bundle, without a track", () => {
    const { groups, media } = writeAnswer(planAnswer(offer, silent), LOCAL);
    expect(groups[0].mids).toEqual(["0", "1", "2"]);
    expect(media[1]).toMatchObject({ port: 9, direction: "inactive", formats: ["111"], msids: [], ssrcAttributes: [] });
    expect(media[1].rtpMaps).toHaveLength(1);
  });

  test("gives a rejected section port 0 and no transport", () => {
    const plan = planAnswer(offer, { ...streamingCapabilities(), dataChannel: "reject" });
    const { groups, media } = writeAnswer(plan, LOCAL);
    expect(groups[0].mids).toEqual(["0", "1"]);
    expect(media[2]).toMatchObject({ port: 0, mid: "2", formats: ["webrtc-datachannel"] });
    expect(media[2].transport).toEqual({ iceOptions: [], fingerprints: [] });
  });

  test("puts candidates at the first section that lives", () => {
    const text = WATCH_OFFER.replace("m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 UDP/RTP/AVP");
    const { media } = writeAnswer(planAnswer(parseSdp(text), streamingCapabilities()), LOCAL);
    expect(media.map(({ port, candidates }) => [port, candidates.length])).toEqual([
      [0, 0],
      [9, 1],
      [9, 0],
    ]);
  });

  test("groups the SSRCs of media and resends (RFC 5576 4.2, RFC 4588 8)", () => {
    const capabilities = { ...streamingCapabilities(), codecs: [h264Capability({ rtx: "offered" })] };
    const [video] = writeAnswer(planAnswer(offer, capabilities), LOCAL).media;
    expect(video.formats).toEqual(["108", "109"]);
    expect(video.rtpMaps[1]).toEqual({ payloadType: 109, encodingName: "rtx", clockRateHz: 90_000 });
    expect(video.formatParameters[1]).toEqual({ format: "109", parameters: "apt=108" });
    expect(video.ssrcGroups).toEqual([{ semantics: "FID", ssrcs: [1111, 3333] }]);
    const { rtxSsrc: _, ...withoutRtx } = LOCAL.tracks[0];
    expect(() =>
      writeAnswer(planAnswer(offer, capabilities), { ...LOCAL, tracks: { ...LOCAL.tracks, 0: withoutRtx } }),
    ).toThrow(/no SSRC for resends/);
  });

  test("has no tracks where we receive only", () => {
    const receiving = { ...silent, video: { direction: "recvonly", extensions: [] } } as const;
    const [video] = writeAnswer(planAnswer(parseSdp(PUBLISH_OFFER), receiving), { ...LOCAL, tracks: {} }).media;
    expect(video).toMatchObject({ direction: "recvonly", msids: [], ssrcAttributes: [] });
  });

  test("names its session and part in DTLS as it is told, where the offer leaves the choice", () => {
    const plan = planAnswer(offer, streamingCapabilities());
    const answer = writeAnswer(plan, { ...LOCAL, setup: "passive", sessionId: "77", maxMessageSize: 1000 });
    expect(answer.origin.sessionId).toBe("77");
    expect(answer.media.map(({ transport }) => transport.setup)).toEqual(["passive", "passive", "passive"]);
    expect(answer.media[2].maxMessageSize).toBe(1000);
  });

  test("refuses a part in DTLS that contradicts the offer, and a section without its track", () => {
    const insisting = parseSdp(WATCH_OFFER.replaceAll("setup:actpass", "setup:active"));
    const plan = planAnswer(insisting, streamingCapabilities());
    expect(() => writeAnswer(plan, { ...LOCAL, setup: "active" })).toThrow(/setup:active/);
    expect(() => writeAnswer(plan, { ...LOCAL, tracks: {} })).toThrow(/no track is given/);
  });

  test("reads back as it was written", () => {
    const answer = writeAnswer(planAnswer(offer, silent), LOCAL);
    expect(parseSdp(writeSdp(answer))).toEqual(answer);
  });
});

describe("the offer for a transport library", () => {
  test("has the chosen payload types and no line about transport-cc, unchosen extensions or RTCP XR", () => {
    const plan = planAnswer(offer, streamingCapabilities());
    const filtered = offerForTransport(offer, plan);
    const text = writeSdp(filtered);
    expect(text).not.toMatch(/transport-cc|transport-wide-cc|rtcp-xr|extmap-allow-mixed|VP8|rtx|toffset/);
    expect(filtered.media.map(({ formats }) => formats)).toEqual([["108"], ["111"], ["webrtc-datachannel"]]);
    expect(filtered.media[0].extensions.map(({ id }) => id)).toEqual([5]);
    expect(filtered.media[0].candidates).toEqual(offer.media[0].candidates);
    expect(filtered.media[0].transport).toEqual(offer.media[0].transport);
    expect(filtered.media[2]).toEqual(offer.media[2]);
  });

  test("is answered with the same plan", () => {
    const plan = planAnswer(offer, streamingCapabilities());
    const again = planAnswer(offerForTransport(offer, plan), streamingCapabilities());
    expect(writeAnswer(again, LOCAL)).toEqual(writeAnswer(plan, LOCAL));
  });

  test("has rejected sections with port 0 outside of the bundle", () => {
    const plan = planAnswer(offer, { ...silent, dataChannel: "reject" });
    const filtered = offerForTransport(offer, plan);
    expect(filtered.groups).toEqual([{ semantics: "BUNDLE", mids: ["0", "1"] }]);
    expect(filtered.media.map(({ port }) => port)).toEqual([9, 9, 0]);
    expect(filtered.media[1].formats).toEqual(["111"]);
  });
});
