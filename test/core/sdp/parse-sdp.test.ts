// The SDP reader: real offers, the grammar's edges, and everything a peer may send instead (RFC 8866).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../../src/core/error/floe-error.js";
import { effectiveDirection, effectiveTransport, isRejected } from "../../../src/core/sdp/effective-attributes.js";
import { parseSdp, SDP_LIMITS } from "../../../src/core/sdp/parse-sdp.js";
import { payloadFormats, rtxPayloadTypeFor } from "../../../src/core/sdp/payload-format.js";
import type { SessionDescription } from "../../../src/core/sdp/session-description.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";
import { crlf, PUBLISH_OFFER, WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

const HEAD = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

function section(...lines: string[]): SessionDescription["media"][number] {
  const [media] = parseSdp(`${HEAD}${lines.join("\r\n")}\r\n`).media;
  if (media === undefined) {
    throw new Error("no section");
  }
  return media;
}

function code(text: string): string {
  try {
    parseSdp(text);
  } catch (error) {
    if (error instanceof WireError) {
      return error.code;
    }
    throw error;
  }
  return "read";
}

describe("an offer of Chromium", () => {
  const offer = parseSdp(crlf(WATCH_OFFER));

  test("has its sections, mids and bundle", () => {
    expect(offer.media.map((media) => [media.kind, media.mid, media.port])).toEqual([
      ["video", "0", 9],
      ["audio", "1", 9],
      ["application", "2", 9],
    ]);
    expect(offer.groups).toEqual([{ semantics: "BUNDLE", mids: ["0", "1", "2"] }]);
    expect(offer.origin.sessionVersion).toBe("2");
    expect(offer.origin.address).toBe("IN IP4 127.0.0.1");
  });

  test("tells the H.264 variants apart by payload type, parameters and feedback", () => {
    const formats = payloadFormats(offer.media[0]);
    expect(formats.find((format) => format.payloadType === 108)).toEqual({
      payloadType: 108,
      encodingName: "H264",
      clockRateHz: 90_000,
      channels: 1,
      parameters: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
      feedback: ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"],
    });
    expect(rtxPayloadTypeFor(formats, 108)).toBe(109);
    expect(rtxPayloadTypeFor(formats, 109)).toBeUndefined();
  });

  test("has header extensions, ICE, DTLS and the data channel's port", () => {
    const [video, audio, data] = offer.media;
    expect(video.extensions.find((extension) => extension.uri.endsWith("playout-delay"))?.id).toBe(5);
    expect(audio.rtpMaps[0]).toEqual({ payloadType: 111, encodingName: "opus", clockRateHz: 48_000, channels: 2 });
    expect(video.transport).toEqual({
      iceUfrag: "MmsX",
      icePwd: "DtIInoiyfhfRcXaEPamfjDLp",
      iceOptions: ["trickle"],
      fingerprints: [expect.objectContaining({ algorithm: "sha-256" })],
      setup: "actpass",
    });
    expect(video.candidates).toHaveLength(2);
    expect(video.candidates[0]).toMatch(/^candidate:1314750994 1 udp /);
    expect([data.protocol, data.formats, data.sctpPort, data.maxMessageSize]).toEqual([
      "UDP/DTLS/SCTP",
      ["webrtc-datachannel"],
      5000,
      262_144,
    ]);
  });

  test("keeps what nobody typed, in order", () => {
    expect(offer.attributes).toEqual([{ name: "extmap-allow-mixed" }, { name: "msid-semantic", value: " WMS" }]);
    expect(offer.media[0].attributes).toEqual([
      { name: "rtcp", value: "9 IN IP4 0.0.0.0" },
      { name: "rtcp-xr", value: "rcvr-rtt=all" },
    ]);
    expect(parseSdp(PUBLISH_OFFER).media[0].attributes.at(-1)).toEqual({ name: "simulcast", value: "send q;h;f" });
  });

  test("loses no line: only the order inside a section changes", () => {
    for (const text of [WATCH_OFFER, PUBLISH_OFFER]) {
      const sections = (sdp: string): string[][] => sdp.split(/(?=^m=)/m).map((part) => part.split("\n").sort());
      expect(sections(writeSdp(parseSdp(text)).replaceAll("\r\n", "\n"))).toEqual(sections(text));
    }
  });

  test("reads the same with CRLF and LF", () => {
    expect(parseSdp(WATCH_OFFER)).toEqual(offer);
  });
});

describe("the grammar", () => {
  test("ICE and DTLS parameters of the session hold for sections that name none (RFC 8839 5.4)", () => {
    const session = parseSdp(
      `${HEAD}a=recvonly\r\na=ice-ufrag:abcd\r\na=ice-pwd:sess\r\na=fingerprint:SHA-256 ab:cd\r\na=setup:actpass\r\n` +
        "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=ice-pwd:own\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n",
    );
    expect(effectiveTransport(session, session.media[0])).toEqual({
      iceUfrag: "abcd",
      icePwd: "own",
      iceOptions: [],
      fingerprints: [{ algorithm: "sha-256", value: "AB:CD" }],
      setup: "actpass",
    });
    expect(effectiveDirection(session, session.media[0])).toBe("recvonly");
    expect(effectiveDirection(session, session.media[1])).toBe("sendonly");
  });

  test("a section without a direction is sendrecv (RFC 8866 6.7)", () => {
    const session = parseSdp(`${HEAD}m=audio 9 RTP/AVP 0\r\n`);
    expect(effectiveDirection(session, session.media[0])).toBe("sendrecv");
  });

  test("port 0 rejects a section, unless it only waits for its bundle (RFC 9143 6)", () => {
    expect(isRejected(section("m=audio 0 RTP/AVP 0"))).toBe(true);
    expect(isRejected(section("m=audio 0 RTP/AVP 0", "a=bundle-only"))).toBe(false);
  });

  test("static payload types need no rtpmap (RFC 3551 6), unexplained ones are left out", () => {
    const formats = payloadFormats(section("m=audio 9 RTP/AVP 0 8 96"));
    expect(formats.map((format) => [format.encodingName, format.clockRateHz])).toEqual([
      ["PCMU", 8000],
      ["PCMA", 8000],
    ]);
  });

  test("feedback for every format counts for each (RFC 4585 4.2)", () => {
    const media = section("m=video 9 RTP/AVPF 96", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:* nack", "a=rtcp-fb:96 ccm fir");
    expect(payloadFormats(media)[0].feedback).toEqual(["nack", "ccm fir"]);
  });

  test("an RTSP camera's description reads: port counts, bandwidth lines, a format without parameters", () => {
    const media = section("m=video 0/2 RTP/AVP 96", "b=AS:500", "c=IN IP4 0.0.0.0", "a=fmtp:96", "a=control:track1");
    expect(media.portCount).toBe(2);
    expect(media.lines).toEqual([{ type: "b", value: "AS:500" }]);
    expect(media.formatParameters).toEqual([{ format: "96", parameters: "" }]);
  });

  test("ssrc and msid lines read with and without a value", () => {
    const media = section(
      "m=video 9 RTP/AVPF 96",
      "a=msid:stream track",
      "a=msid:-",
      "a=ssrc-group:FID 1 4294967295",
      "a=ssrc:1 cname:a b:c",
      "a=ssrc:1 present",
    );
    expect(media.msids).toEqual([{ streamId: "stream", trackId: "track" }, { streamId: "-" }]);
    expect(media.ssrcGroups).toEqual([{ semantics: "FID", ssrcs: [1, 4_294_967_295] }]);
    expect(media.ssrcAttributes).toEqual([
      { ssrc: 1, attribute: "cname", value: "a b:c" },
      { ssrc: 1, attribute: "present" },
    ]);
  });

  test("an extension has a direction and parameters where they are written (RFC 8285 5)", () => {
    expect(section("m=video 9 RTP/AVPF 96", "a=extmap:3/sendonly urn:x  one two").extensions).toEqual([
      { id: 3, direction: "sendonly", uri: "urn:x", parameters: "one two" },
    ]);
  });
});

describe("what is refused", () => {
  test.each([
    ["", "sdp/version"],
    ["v=1\r\n", "sdp/version"],
    ["o=- 1 1 IN IP4 0.0.0.0\r\nv=0\r\n", "sdp/version"],
    [`${HEAD}v=0\r\n`, "sdp/version"],
    ["v=0\r\ns=-\r\n", "sdp/origin"],
    ["v=0\r\no=- x 1 IN IP4 0.0.0.0\r\n", "sdp/origin"],
    ["v=0\r\no=- 1 1 IN IP4\r\n", "sdp/origin"],
    [`${HEAD}hello\r\n`, "sdp/line"],
    [`${HEAD}a=x\u0000y\r\n`, "sdp/line"],
    [`${HEAD}a=x\ry\r\n`, "sdp/line"],
    [`${HEAD}m=audio 9 RTP/AVP 0\r\ns=late\r\n`, "sdp/line"],
    [`${HEAD}m=audio\r\n`, "sdp/media"],
    [`${HEAD}m=audio 9 RTP/AVP\r\n`, "sdp/media"],
    [`${HEAD}m=audio 9/2/3 RTP/AVP 0\r\n`, "sdp/media"],
    [`${HEAD}m=audio 65536 RTP/AVP 0\r\n`, "sdp/attribute"],
    [`${HEAD}m=audio 9 RTP/AVP 0\r\na=mid:0\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n`, "sdp/mid"],
    [`${HEAD}m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=mid:1\r\n`, "sdp/mid"],
    ...[
      "",
      ":value",
      "mid:",
      "mid:a b",
      "rtpmap:96",
      "rtpmap:128 VP8/90000",
      "rtpmap:96 VP8",
      "rtpmap:96 VP8/0",
      "fmtp:",
      "rtcp-fb:96",
      "extmap:0 urn:x",
      "extmap:1",
      "extmap:1/sideways urn:x",
      "setup:maybe",
      "fingerprint:sha-256",
      "fingerprint:sha-256 zz",
      "ice-ufrag:",
      `ice-pwd:${"x".repeat(257)}`,
      "msid:",
      "msid:a b c",
      "ssrc:x cname:y",
      "ssrc:4294967296 cname:y",
      "ssrc:1",
      "ssrc-group:",
      "ssrc-group:FID x",
      "sctp-port:65536",
      "max-message-size:-1",
    ].map((attribute) => [`${HEAD}m=video 9 X 96\r\na=${attribute}\r\n`, "sdp/attribute"]),
    [`${HEAD}a=group:\r\n`, "sdp/attribute"],
  ])("%j is %s", (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test("what is larger than the limits, and quickly", () => {
    expect(code(HEAD + "a=x\r\n".repeat(SDP_LIMITS.lines))).toBe("sdp/too-large");
    expect(code(HEAD + "m=audio 9 X 0\r\n".repeat(SDP_LIMITS.mediaSections + 1))).toBe("sdp/too-large");
    expect(code(`${HEAD}m=audio 9 X${" 0".repeat(SDP_LIMITS.formats + 1)}\r\n`)).toBe("sdp/too-large");
    expect(code(`${HEAD}a=x:${"y".repeat(SDP_LIMITS.length)}\r\n`)).toBe("sdp/too-large");
  });

  test("a peer's long run of blanks takes no quadratic time", () => {
    const blanks = `${" ".repeat(120_000)}x`.repeat(2);
    for (const name of ["fmtp:96", "rtpmap:96", "rtcp-fb:96", "extmap:1", "ssrc:1", "msid:a", "group:B", "mid:"]) {
      expect(code(`${HEAD}m=video 9 X 96\r\na=${name}${blanks}\r\n`)).toMatch(/read|sdp\/attribute/);
    }
  }, 2000);

  test("the message shows the start of a long value, without control characters", () => {
    expect(() => parseSdp(`${HEAD}${"x".repeat(500)}\u001b\r\n`)).toThrow(/"x{60}…"$/);
    expect(() => parseSdp(`${HEAD}\u001b[31m\r\n`)).toThrow('"?[31m"');
  });
});

describe("garbage", () => {
  test("random text throws nothing but WireError", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void code(text)));
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void code(HEAD + text)));
  });

  test("a damaged offer throws WireError or reads to something that writes and reads the same again", () => {
    const lines = WATCH_OFFER.split("\n");
    const damage = fc.record({
      line: fc.nat(lines.length - 1),
      at: fc.nat(80),
      cut: fc.nat(40),
      insert: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(" ", ":", "/", "\n", "\t", "a=", "m=audio 9 X 1")),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const damaged = [...lines];
        for (const { line, at, cut, insert } of damages) {
          damaged[line] = damaged[line].slice(0, at) + insert + damaged[line].slice(at + cut);
        }
        const text = damaged.join("\n");
        if (code(text) === "read") {
          const written = writeSdp(parseSdp(text));
          expect(writeSdp(parseSdp(written))).toBe(written);
        }
      }),
      { numRuns: 500 },
    );
  });
});
