// Planning an answer: what a browser's offer gets, and what every other offer gets instead (RFC 8829 5.3.1).
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { HEADER_EXTENSION_URI } from "../../../src/core/rtp/header-extension.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { type LocalCapabilities, streamingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import { h264Capability } from "../../../src/core/webrtc/negotiation-h264.js";
import { opusCapability } from "../../../src/core/webrtc/negotiation-opus.js";
import {
  type AnswerPlan,
  type MediaSectionPlan,
  type SectionPlan,
  sendingSections,
} from "../../../src/core/webrtc/negotiation-plan.js";
import { PUBLISH_OFFER, WATCH_OFFER } from "../../vectors/chromium-156-offers.js";

const TRANSPORT = "a=ice-ufrag:abcd\na=ice-pwd:efgh\na=fingerprint:sha-256 AA:BB\na=setup:actpass\n";
const VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\na=mid:0\na=recvonly\na=rtcp-mux\na=rtpmap:96 H264/90000\n";
const H264 = "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\n";

/** An offer of sections with mids 0, 1, …, all in one bundle. */
function offer(...sections: string[]): string {
  const mids = sections.map((_, index) => index).join(" ");
  return `v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE ${mids}\n${TRANSPORT}${sections.join("")}`;
}

function plan(text: string, capabilities: LocalCapabilities = streamingCapabilities()): AnswerPlan {
  return planAnswer(parseSdp(text), capabilities);
}

function media(section: SectionPlan): MediaSectionPlan {
  if (section.kind !== "media") {
    throw new Error(`${section.kind}: ${"reason" in section ? section.reason : ""}`);
  }
  return section;
}

function reason(section: SectionPlan): string {
  return "reason" in section ? `${section.kind}: ${section.reason}` : section.kind;
}

function refused(text: string, capabilities?: LocalCapabilities): FloeError {
  try {
    plan(text, capabilities);
  } catch (error) {
    if (error instanceof FloeError) {
      return error;
    }
    throw error;
  }
  throw new Error("the offer was not refused");
}

/** The plan of a video section that offers these profile-level-ids as payload types 96, 97, …, all of mode 1. */
function chosenOf(...parameters: string[]): string {
  const types = parameters.map((_, index) => 96 + index);
  const lines = parameters.map((text, index) => `a=rtpmap:${96 + index} H264/90000\na=fmtp:${96 + index} ${text}\n`);
  const text = `m=video 9 UDP/TLS/RTP/SAVPF ${types.join(" ")}\na=mid:0\na=recvonly\na=rtcp-mux\n${lines.join("")}`;
  return media(plan(offer(text)).sections[0]).codec.parameters;
}

describe("Chromium's offer to watch", () => {
  const answered = plan(WATCH_OFFER);

  test("gets 42e01f packetization-mode 1 although 42001f comes first, and Opus", () => {
    const [video, audio] = answered.sections.slice(0, 2).map(media);
    expect([video.mid, video.codec.payloadType, video.direction]).toEqual(["0", 108, "sendonly"]);
    expect(video.codec.parameters).toBe("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
    expect([audio.mid, audio.codec.payloadType, audio.direction]).toEqual(["1", 111, "sendonly"]);
    expect([audio.codec.clockRateHz, audio.codec.channels]).toEqual([48_000, 2]);
  });

  test("gets the feedback that we act upon, and never transport-cc", () => {
    expect(media(answered.sections[0]).codec.feedback).toEqual(["goog-remb", "ccm fir", "nack", "nack pli"]);
    expect(media(answered.sections[1]).codec.feedback).toEqual([]);
  });

  test("gets the header extensions that we write, under the offer's ids", () => {
    expect(media(answered.sections[0]).extensions).toEqual([{ id: 5, uri: HEADER_EXTENSION_URI.playoutDelay }]);
    expect(media(answered.sections[1]).extensions).toEqual([]);
  });

  test("gets its data channel", () => {
    expect(answered.sections[2]).toMatchObject({ kind: "data", mid: "2", sctpPort: 5000, maxMessageSize: 262_144 });
  });

  test("is one bundle, and we open DTLS", () => {
    expect(answered.bundle).toEqual(["0", "1", "2"]);
    expect(answered.setup).toBe("active");
    expect(answered.remote).toMatchObject({ iceUfrag: "MmsX", setup: "actpass" });
    expect(answered.notes).toEqual([]);
    expect(sendingSections(answered).map(({ mid }) => mid)).toEqual(["0", "1"]);
  });
});

describe("H.264 variants", () => {
  const mode1 = (id: string): string => `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=${id}`;

  test.each([
    ["constrained baseline before baseline", ["42001f", "42e01f"], "42e01f"],
    ["any constrained baseline: constraint_set1 is what counts", ["42001f", "42c01f"], "42c01f"],
    ["main with constraint_set0 is constrained baseline too (RFC 6184 8.1)", ["42001f", "4d801f"], "4d801f"],
    ["baseline before main and high", ["640c1f", "4d001f", "42001f"], "42001f"],
    [
      "a high-profile decoder decodes constrained baseline, when there is nothing better",
      ["f4001f", "64001f"],
      "64001f",
    ],
    ["the first of equals", ["42c01f", "42e01f"], "42c01f"],
    ["a sufficient level before one that is too low", ["42e00a", "42e01f"], "42e01f"],
  ])("%s", (_, ids, expected) => {
    expect(chosenOf(...ids.map(mode1))).toBe(mode1(expected));
  });

  test("packetization-mode 0, said or by default, cannot carry our fragments", () => {
    const text = offer(`${VIDEO}a=fmtp:96 profile-level-id=42e01f\n`);
    const error = refused(text);
    expect(error.code).toBe("webrtc/no-common-codec");
    expect(error.message).toContain("H264 96: packetization-mode 0 has no fragments (FU-A)");
  });

  test("a level below ours is taken with a note, not refused", () => {
    const answered = plan(offer(`${VIDEO}a=fmtp:96 packetization-mode=1;profile-level-id=42e00b\n`));
    expect(answered.notes).toEqual(["section 0 (video, mid 0): the offer takes H.264 up to level 1.1, 3.1 is sent."]);
  });

  test("without profile-level-id it is baseline at level 1 (RFC 6184 8.1)", () => {
    const answered = plan(offer(`${VIDEO}a=fmtp:96 packetization-mode=1\n`));
    expect(media(answered.sections[0]).codec.parameters).toContain("profile-level-id=42000a");
  });

  test.each(["42e0", "zzzzzz", "f4001f"])("profile-level-id %s is refused in words", (id) => {
    const error = refused(offer(`${VIDEO}a=fmtp:96 packetization-mode=1;profile-level-id=${id}\n`));
    expect(error.message).toContain(`profile-level-id ${id} is no profile that decodes constrained baseline`);
  });

  test("names are compared without regard to case, clock rates exactly", () => {
    const lower = VIDEO.replace("H264", "h264") + H264;
    expect(media(plan(offer(lower)).sections[0]).codec.encodingName).toBe("h264");
    expect(refused(offer(VIDEO.replace("90000", "48000") + H264)).code).toBe("webrtc/no-common-codec");
  });
});

describe("resends", () => {
  const resending = { ...streamingCapabilities(), codecs: [h264Capability({ rtx: "offered" }), opusCapability()] };

  test("have no payload type of their own unless the capability says so", () => {
    expect(media(plan(WATCH_OFFER).sections[0]).codec.rtxPayloadType).toBeUndefined();
    expect(media(plan(WATCH_OFFER, resending).sections[0]).codec.rtxPayloadType).toBe(109);
    expect(media(plan(WATCH_OFFER, resending).sections[1]).codec.rtxPayloadType).toBeUndefined();
  });

  test("stay on the codec's SSRC when the offer has no rtx for it", () => {
    expect(media(plan(offer(VIDEO + H264), resending).sections[0]).codec.rtxPayloadType).toBeUndefined();
  });
});

describe("directions", () => {
  test.each([
    ["recvonly", "sendonly"],
    ["sendrecv", "sendonly"],
  ])("an offer that is %s gets %s", (offered, answered) => {
    const text = offer(VIDEO.replace("recvonly", offered) + H264);
    expect(media(plan(text).sections[0]).direction).toBe(answered);
  });

  test("what the peer only sends is inactive when we only send", () => {
    const data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:1\na=sctp-port:5000\n";
    const text = offer(VIDEO.replace("recvonly", "sendonly") + H264, data);
    const error = refused(text);
    expect(error.code).toBe("webrtc/nothing-to-send");
    expect(error.message).toContain("the offer is sendonly and we only send");
    expect(error.fix).not.toBe("");
  });

  test("a server that receives takes what Chromium publishes", () => {
    const receiving: LocalCapabilities = {
      ...streamingCapabilities(),
      video: { direction: "recvonly", extensions: [] },
      audio: { direction: "sendrecv", extensions: [] },
    };
    const answered = plan(PUBLISH_OFFER, receiving);
    expect(answered.sections.map((section) => media(section).direction)).toEqual(["recvonly", "sendrecv"]);
    expect(sendingSections(answered).map(({ mid }) => mid)).toEqual(["1"]);
  });

  test("a kind that we leave out stays in the bundle, inactive", () => {
    const silent: LocalCapabilities = { ...streamingCapabilities(), audio: { direction: "inactive", extensions: [] } };
    const answered = plan(WATCH_OFFER, silent);
    expect(answered.sections[1]).toMatchObject({ kind: "inactive", mid: "1", format: "111" });
    expect(answered.bundle).toEqual(["0", "1", "2"]);
    expect(answered.notes).toEqual(["section 1 (audio, mid 1) is inactive: we neither send nor receive it."]);
  });
});

describe("sections that do not flow", () => {
  const second = (text: string): SectionPlan => plan(offer(VIDEO + H264, text)).sections[1];

  test.each([
    ["a kind that nobody knows", "m=text 9 UDP/TLS/RTP/SAVPF 98\na=mid:1\na=rtcp-mux\n", /^inactive: .* kind text/],
    ["a second video", `${VIDEO}${H264}`.replace("mid:0", "mid:1"), /^inactive: another section has the video/],
    ["a codec that we lack", `${VIDEO}`.replace("mid:0", "mid:1").replace("H264", "VP8"), /^inactive: another/],
    ["one that the offer turned off", "m=audio 0 UDP/TLS/RTP/SAVPF 111\na=mid:1\n", /^rejected: the offer itself/],
    ["one without a mid", "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=rtcp-mux\n", /^rejected: it has no mid/],
    ["plain RTP", "m=audio 9 RTP/AVP 0\na=mid:1\na=rtcp-mux\n", /^rejected: nobody here speaks RTP\/AVP/],
    ["RTCP on its own port", "m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:1\n", /^rejected: .*rtcp-mux/],
    ["SCTP that is no data channel", "m=application 9 UDP/DTLS/SCTP 5000\na=mid:1\n", /^rejected: it is SCTP/],
  ])("%s", (_, text, expected) => {
    expect(reason(second(text))).toMatch(expected);
  });

  test("a data channel is rejected where data channels are off", () => {
    const answered = plan(WATCH_OFFER, { ...streamingCapabilities(), dataChannel: "reject" });
    expect(reason(answered.sections[2])).toBe("rejected: data channels are off");
    expect(answered.bundle).toEqual(["0", "1"]);
  });

  test("audio without Opus is inactive, and the reason names both sides", () => {
    const answered = plan(offer(VIDEO + H264, "m=audio 9 UDP/TLS/RTP/SAVPF 0 8\na=mid:1\na=recvonly\na=rtcp-mux\n"));
    expect(reason(answered.sections[1])).toBe("inactive: no common codec: we have opus, the offer has PCMU, PCMA");
    expect(answered.sections[1]).toMatchObject({ format: "0", described: { encodingName: "PCMU" } });
  });

  test("two videos flow where two are wanted", () => {
    const capabilities = streamingCapabilities();
    const two = { ...capabilities, video: { ...capabilities.video, maxSections: 2 } };
    const answered = plan(offer(VIDEO + H264, (VIDEO + H264).replace("mid:0", "mid:1")), two);
    expect(answered.sections.map(({ kind }) => kind)).toEqual(["media", "media"]);
  });
});

describe("the bundle", () => {
  const audio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:1\na=rtcp-mux\na=rtpmap:111 opus/48000/2\n";

  test("a section outside of it is rejected: there is one transport (RFC 9143 7.3)", () => {
    const text = offer(VIDEO + H264, audio).replace("BUNDLE 0 1", "BUNDLE 0");
    expect(reason(plan(text).sections[1])).toMatch(/^rejected: it is not in the BUNDLE group/);
  });

  test("without one, the first section that can live gets the transport", () => {
    const text = offer("m=audio 9 RTP/AVP 0\na=mid:9\n", VIDEO + H264, audio).replace(/a=group.*\n/, "");
    const answered = plan(text);
    expect(answered.sections.map(({ kind }) => kind)).toEqual(["rejected", "media", "rejected"]);
    expect(answered.bundle).toEqual([]);
  });

  test("a section that is bundle-only is not turned off by its port 0 (RFC 9143 6)", () => {
    const text = offer(VIDEO + H264, audio.replace("audio 9", "audio 0").replace("a=mid", "a=bundle-only\na=mid"));
    expect(plan(text).sections[1].kind).toBe("media");
  });

  test("the transport is that of the first section of it that lives", () => {
    const own = (section: string, name: string): string => `${section}a=ice-ufrag:${name}\na=ice-pwd:${name}\n`;
    const text = offer(own("m=audio 9 RTP/AVP 0\na=mid:0\n", "dead"), own(audio, "live"));
    expect(plan(text).remote).toMatchObject({ iceUfrag: "live", icePwd: "live" });
  });
});

describe("DTLS and ICE", () => {
  test.each([
    ["actpass", "active"],
    ["passive", "active"],
    ["active", "passive"],
  ])("an offer that is %s makes us %s (RFC 8842 5.3)", (offered, ours) => {
    expect(plan(offer(VIDEO + H264).replace("actpass", offered)).setup).toBe(ours);
  });

  test("an offer that does not say who opens leaves it to us", () => {
    expect(plan(offer(VIDEO + H264).replace("a=setup:actpass\n", "")).setup).toBe("active");
  });

  test.each(["ice-ufrag:abcd", "ice-pwd:efgh", "fingerprint:sha-256 AA:BB"])("an offer without %s is bad", (line) => {
    expect(refused(offer(VIDEO + H264).replace(`a=${line}\n`, "")).code).toBe("webrtc/bad-offer");
  });

  test("an offer that holds the connection is bad", () => {
    expect(refused(offer(VIDEO + H264).replace("actpass", "holdconn")).code).toBe("webrtc/bad-offer");
  });
});

describe("offers with nothing for us", () => {
  const data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=mid:0\n";

  test("no sections at all", () => {
    expect(refused(offer()).code).toBe("webrtc/bad-offer");
  });

  test("no codec of ours, in a sentence with a fix", () => {
    const error = refused(offer(VIDEO.replace("H264", "VP8")));
    expect(error.toString()).toBe(
      "webrtc/no-common-codec: video: no common codec: we have H264, the offer has " +
        "VP8. Use a browser that plays these codecs, or choose another codec at the server.",
    );
  });

  test("a data channel alone, unless that is all that we do", () => {
    expect(refused(offer(data)).code).toBe("webrtc/nothing-to-send");
    const answered = plan(offer(data), { ...streamingCapabilities(), codecs: [] });
    expect(answered.sections[0]).toMatchObject({ kind: "data", sctpPort: 5000, maxMessageSize: 65_536 });
  });
});

describe("header extensions", () => {
  const wanted = HEADER_EXTENSION_URI.playoutDelay;
  const accepted = (...lines: string[]): unknown =>
    media(plan(offer(VIDEO + H264 + lines.map((line) => `a=extmap:${line}\n`).join(""))).sections[0]).extensions;

  test("ids beyond the one-byte form are left out (RFC 8285 4.2)", () => {
    expect(accepted(`15 ${wanted}`)).toEqual([]);
    expect(accepted(`14 ${wanted}`)).toEqual([{ id: 14, uri: wanted }]);
  });

  test("inactive ones, doubles and clashing ids are left out", () => {
    expect(accepted(`3/inactive ${wanted}`)).toEqual([]);
    expect(accepted(`3 ${wanted}`, `4 ${wanted}`, `3 ${HEADER_EXTENSION_URI.mid}`)).toEqual([{ id: 3, uri: wanted }]);
  });
});

test("whatever lines an offer loses or repeats, it gets a plan for each section or a FloeError", () => {
  const lines = WATCH_OFFER.trim().split("\n");
  const edits = fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(3)), { maxLength: 12 });
  fc.assert(
    fc.property(edits, (changes) => {
      const counts = lines.map(() => 1);
      for (const [line, count] of changes) {
        counts[line] = count;
      }
      const text = lines.flatMap((line, index) => new Array<string>(counts[index]).fill(line)).join("\n");
      try {
        const parsed = parseSdp(text);
        expect(planAnswer(parsed, streamingCapabilities()).sections).toHaveLength(parsed.media.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FloeError);
      }
    }),
    { numRuns: 300 },
  );
});
