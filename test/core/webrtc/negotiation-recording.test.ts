// What publishers are answered: H.264, VP8 and Opus are received as they come, everything else is refused with its reason.
import { describe, expect, test } from "vitest";
import type { FloeError } from "../../../src/core/error/floe-error.js";
import { HEADER_EXTENSION_URI } from "../../../src/core/rtp/header-extension.js";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";
import { writeAnswer } from "../../../src/core/webrtc/answer.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { recordingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import {
  type AnswerPlan,
  type MediaSectionPlan,
  receivingSections,
  type SectionPlan,
} from "../../../src/core/webrtc/negotiation-plan.js";
import { receivedSources } from "../../../src/core/webrtc/received-sources.js";
import { PUBLISH_OFFER } from "../../vectors/chromium-156-offers.js";

const TRANSPORT = "a=ice-ufrag:abcd\na=ice-pwd:efgh\na=fingerprint:sha-256 AA:BB\na=setup:actpass\n";
const LOCAL = {
  iceUfrag: "ours",
  icePwd: "ours",
  fingerprint: { algorithm: "sha-256", value: "CC:DD" },
  tracks: {},
};

/** An offer with one video section of these codecs (rtpmap values) as payload types 96, 97, …; `lines` in it as well. */
function videoOffer(codecs: readonly string[], lines = "a=sendonly\n"): string {
  const types = codecs.map((_, index) => 96 + index).join(" ");
  const maps = codecs.map((codec, index) => {
    const [encoding, parameters] = codec.split(" ");
    return `a=rtpmap:${96 + index} ${encoding}\n${parameters === undefined ? "" : `a=fmtp:${96 + index} ${parameters}\n`}`;
  });
  const section = `m=video 9 UDP/TLS/RTP/SAVPF ${types}\na=mid:0\na=rtcp-mux\n${lines}${maps.join("")}`;
  return `v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE 0\n${TRANSPORT}${section}`;
}

function plan(text: string, options?: Parameters<typeof recordingCapabilities>[0]): AnswerPlan {
  return planAnswer(parseSdp(text), recordingCapabilities(options));
}

function media(section: SectionPlan): MediaSectionPlan {
  if (section.kind !== "media") {
    throw new Error(section.kind);
  }
  return section;
}

function refused(text: string, options?: Parameters<typeof recordingCapabilities>[0]): FloeError {
  try {
    plan(text, options);
  } catch (error) {
    return error as FloeError;
  }
  throw new Error("the offer was not refused");
}

describe("Chromium's offer to publish", () => {
  const answered = plan(PUBLISH_OFFER);
  const [video, audio] = receivingSections(answered);

  test("gets H.264 with fragments and retransmission of its own, although VP8 comes first, and Opus; both recvonly", () => {
    expect(video).toMatchObject({ mid: "0", direction: "recvonly" });
    expect(video.codec).toMatchObject({ payloadType: 102, rtxPayloadType: 103 });
    expect(audio).toMatchObject({ mid: "1", direction: "recvonly", codec: { payloadType: 111 } });
  });

  test("gets the feedback that is sent, and never transport-cc, whose silence would hold it at its start bitrate", () => {
    expect(video.codec.feedback).toEqual(["goog-remb", "ccm fir", "nack", "nack pli"]);
    const answer = writeSdp(writeAnswer(answered, LOCAL));
    expect(answer).not.toMatch(/transport-cc|transport-wide-cc|a=ssrc|a=msid:|simulcast/);
    expect(answer).toContain("a=rtpmap:103 rtx/90000");
    expect(answer).toContain("x-google-start-bitrate=2500");
  });

  test("is promised transport-cc, and no estimate, once the intake answers with it", () => {
    const led = plan(PUBLISH_OFFER, { transportFeedback: "on" });
    expect(media(led.sections[0]).codec.feedback).toEqual(["transport-cc", "ccm fir", "nack", "nack pli"]);
    expect(media(led.sections[0]).extensions.map(({ uri }) => uri)).toEqual([HEADER_EXTENSION_URI.transportSequence]);
  });

  test("gets VP8 where the recording's container holds nothing else", () => {
    expect(media(plan(PUBLISH_OFFER, { video: ["vp8"] }).sections[0]).codec).toMatchObject({
      payloadType: 96,
      rtxPayloadType: 97,
      parameters: "x-google-start-bitrate=2500",
    });
  });

  test("gets an inactive picture and its sound where pictures are not received", () => {
    expect(plan(PUBLISH_OFFER, { video: [] }).sections.map(({ kind }) => kind)).toEqual(["inactive", "media"]);
  });
});

describe("H.264 that comes", () => {
  test.each([
    ["of any level, said as the highest where levels may differ", "42e01f;level-asymmetry-allowed=1", "42e034"],
    ["of a level that both ways share, as it was offered", "42e00a", "42e00a"],
    ["of high profile", "64001f;level-asymmetry-allowed=1", "640034"],
    ["of a profile without a name here", "f4001f;level-asymmetry-allowed=1", "f40034"],
  ])("is taken %s", (_, offered, answered) => {
    const text = videoOffer([`H264/90000 packetization-mode=1;profile-level-id=${offered}`]);
    expect(media(plan(text, { startBitrateKbps: 1000 }).sections[0]).codec.parameters).toMatch(
      new RegExp(`packetization-mode=1;profile-level-id=${answered};x-google-start-bitrate=1000$`),
    );
  });

  test("is taken by single NAL units where fragments are not offered, and by fragments where they are", () => {
    const single = "H264/90000 profile-level-id=42e01f";
    expect(media(plan(videoOffer([single])).sections[0]).codec.parameters).toContain("packetization-mode=0");
    const both = [single, `${single};packetization-mode=1`];
    expect(media(plan(videoOffer(both)).sections[0]).codec.payloadType).toBe(97);
  });

  test.each([
    ["H264/90000 packetization-mode=2;profile-level-id=42e01f", "H264 96: packetization-mode 2 is interleaved"],
    ["H264/90000 profile-level-id=nonsense", "H264 96: profile-level-id nonsense is not six hex digits"],
  ])("is refused as %s", (codec, reason) => {
    expect(refused(videoOffer([codec])).message).toContain(reason);
  });
});

describe("a publisher that cannot be recorded", () => {
  test.each(["VP9/90000", "AV1/90000", "H265/90000"])("%s alone is answered with what to publish instead", (codec) => {
    const error = refused(videoOffer([codec]));
    expect(error.code).toBe("webrtc/no-common-codec");
    expect(error.message).toContain(`we have H264, VP8, the offer has ${codec.split("/")[0]}`);
    expect(error.fix).toBe("Publish one of H264, VP8, opus.");
  });

  test("who wants to watch is told to send", () => {
    const error = refused(videoOffer(["VP8/90000"], "a=recvonly\n"));
    expect(error).toMatchObject({ code: "webrtc/nothing-to-receive", fix: expect.stringContaining("sendonly") });
    expect(error.message).toContain("the offer is recvonly and we only receive");
  });
});

describe("the sources of an offered section", () => {
  test.each([
    [
      "a pair of media and what is sent again",
      "a=ssrc-group:FID 7 8\na=ssrc:7 cname:x\na=ssrc:8 cname:x\n",
      { ssrc: 7, rtxSsrc: 8 },
    ],
    ["a source without retransmission", "a=ssrc:7 cname:x\na=ssrc:7 msid:a b\n", { ssrc: 7 }],
    ["several that are layers of one picture", "a=ssrc-group:SIM 7 8\na=ssrc:7 cname:x\na=ssrc:8 cname:x\n", {}],
    ["two pairs", "a=ssrc-group:FID 7 8\na=ssrc-group:FID 9 10\na=ssrc:7 cname:x\na=ssrc:9 cname:x\n", {}],
    ["none", "", {}],
  ])("%s", (_, lines, sources) => {
    const [section] = parseSdp(videoOffer(["VP8/90000"], `a=sendonly\n${lines}`)).media;
    expect(receivedSources(section)).toEqual(sources);
  });
});
