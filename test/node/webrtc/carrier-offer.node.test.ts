import { expect, test } from "vitest";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { carrierOffer, hasAddress } from "../../../src/node/webrtc/carrier-offer.js";

const OFFER = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1 2",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcd",
  "a=ice-pwd:abcdefghijklmnopqrstuvwx",
  "a=mid:0",
  "a=sendrecv",
  "a=ssrc:1 cname:x",
  "a=rtpmap:111 opus/48000/2",
  "m=video 9 UDP/TLS/RTP/SAVPF 102",
  "c=IN IP4 0.0.0.0",
  "a=mid:1",
  "a=sendrecv",
  "a=ssrc:2 cname:x",
  "a=candidate:1 1 udp 1 host.example 5000 typ host",
  "a=candidate:2 1 udp 1 192.0.2.7 5000 typ host",
  "a=rtpmap:102 H264/90000",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "c=IN IP4 0.0.0.0",
  "a=mid:2",
  "a=sctp-port:5000",
  "",
].join("\r\n");

test("the library gets one media section and the data channels, with the bundle's ICE parameters", () => {
  const { media, groups } = carrierOffer(parseSdp(OFFER), "1");
  expect(media.map(({ mid }) => mid)).toEqual(["1", "2"]);
  expect(groups).toEqual([{ semantics: "BUNDLE", mids: ["1", "2"] }]);
  expect(media[0].transport.iceUfrag).toBe("abcd");
});

test("it hears neither of the peer's own sources nor of candidates that must be looked up", () => {
  const [video] = carrierOffer(parseSdp(OFFER), "1").media;
  expect(video.ssrcAttributes).toEqual([]);
  expect(video.candidates).toEqual(["candidate:2 1 udp 1 192.0.2.7 5000 typ host"]);
});

test("an address is an IP literal, not a name", () => {
  expect(hasAddress("candidate:1 1 udp 1 2001:db8::1 5000 typ host")).toBe(true);
  expect(hasAddress("candidate:1 1 udp 1 f3a1.local 5000 typ host")).toBe(false);
  expect(hasAddress("candidate:1")).toBe(false);
});
