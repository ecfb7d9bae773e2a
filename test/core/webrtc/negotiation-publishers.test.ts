// What offers of other publishers than Chromium are answered with: shaped after Firefox and Safari, with layers, several cameras, RED.
import { expect, test } from "vitest";
import { parseSdp } from "../../../src/core/sdp/parse-sdp.js";
import { writeSdp } from "../../../src/core/sdp/write-sdp.js";
import { writeAnswer } from "../../../src/core/webrtc/answer.js";
import { planAnswer } from "../../../src/core/webrtc/negotiation.js";
import { recordingCapabilities } from "../../../src/core/webrtc/negotiation-capabilities.js";
import { receivingSections } from "../../../src/core/webrtc/negotiation-plan.js";
import { receivedSources } from "../../../src/core/webrtc/received-sources.js";

const LOCAL = { iceUfrag: "u", icePwd: "p", fingerprint: { algorithm: "sha-256", value: "CC:DD" }, tracks: {} };
const TRANSPORT = "a=ice-ufrag:abcd\na=ice-pwd:efgh\na=fingerprint:sha-256 AA:BB\na=setup:actpass\na=rtcp-mux\n";

type Section = { readonly kind: "audio" | "video"; readonly types: string; readonly lines: readonly string[] };

/** Notes of the plan, the codecs of what is received with their sources, and the answer. */
function answered(...sections: readonly Section[]) {
  const mids = sections.map((_, mid) => mid).join(" ");
  const media = sections.map(
    ({ kind, types, lines }, mid) =>
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${types}\na=mid:${mid}\n${TRANSPORT}${lines.map((line) => `a=${line}\n`).join("")}`,
  );
  const offer = `v=0\no=- 1 1 IN IP4 0.0.0.0\ns=-\nt=0 0\na=group:BUNDLE ${mids}\n${media.join("")}`;
  const plan = planAnswer(parseSdp(offer), recordingCapabilities());
  const received = receivingSections(plan).map(({ mid, codec, offered }) => ({
    mid,
    types: [codec.payloadType, codec.rtxPayloadType],
    sources: receivedSources(offered),
  }));
  return { notes: plan.notes, received, answer: writeSdp(writeAnswer(plan, LOCAL)) };
}

const SINGLE_NAL = ["rtpmap:97 H264/90000", "fmtp:97 profile-level-id=42e01f;level-asymmetry-allowed=1"];
const FRAGMENTS = ["rtpmap:126 H264/90000", "fmtp:126 profile-level-id=42e01f;packetization-mode=1"];

test("Firefox: sound first, VP8 before H.264 without and with fragments, retransmission and FEC", () => {
  const { received, answer } = answered(
    { kind: "audio", types: "109 0", lines: ["sendonly", "rtpmap:109 opus/48000/2", "ssrc:111 cname:c"] },
    {
      kind: "video",
      types: "120 97 126 127 122 123",
      lines: [
        ...["sendonly", "rtcp-rsize", "rtpmap:120 VP8/90000", ...SINGLE_NAL, ...FRAGMENTS],
        ...["rtpmap:127 rtx/90000", "fmtp:127 apt=126", "rtpmap:122 red/90000", "rtpmap:123 ulpfec/90000"],
        ...[
          "rtcp-fb:126 nack",
          "rtcp-fb:126 transport-cc",
          "ssrc-group:FID 222 333",
          "ssrc:222 cname:c",
          "ssrc:333 cname:c",
        ],
      ],
    },
  );
  expect(received).toEqual([
    { mid: "0", types: [109, undefined], sources: { ssrc: 111 } },
    { mid: "1", types: [126, 127], sources: { ssrc: 222, rtxSsrc: 333 } },
  ]);
  expect(answer).not.toMatch(/red|ulpfec|transport-cc/);
});

test("Safari: high profile first, both ways offered; its preference is kept, and nothing is sent", () => {
  const { received, answer } = answered({
    kind: "video",
    types: "96 98",
    lines: [
      ...["sendrecv", "rtpmap:96 H264/90000", "rtpmap:98 H264/90000"],
      "fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f",
      "fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    ],
  });
  expect(received[0].types).toEqual([96, undefined]);
  expect(answer).toContain("a=recvonly");
  expect(answer).toContain("profile-level-id=640c34");
});

test("layers (RFC 8853) are not accepted, so one comes, whose source is the first that is heard", () => {
  const layers = ["rid:h send", "rid:l send", "simulcast:send h;l"];
  const { received, answer } = answered({
    kind: "video",
    types: "96",
    lines: ["sendonly", "rtpmap:96 VP8/90000", ...layers],
  });
  expect(received).toEqual([{ mid: "0", types: [96, undefined], sources: {} }]);
  expect(answer).not.toMatch(/a=rid|a=simulcast/);
});

test("of two cameras the first is received, and the notes say so of the other; RED around Opus is left out", () => {
  const camera: Section = { kind: "video", types: "96", lines: ["sendonly", "rtpmap:96 VP8/90000"] };
  const sound = ["sendrecv", "rtpmap:63 red/48000/2", "fmtp:63 111/111", "rtpmap:111 opus/48000/2"];
  const { notes, received, answer } = answered(camera, camera, { kind: "audio", types: "63 111", lines: sound });
  expect(received.map(({ mid, types }) => [mid, types[0]])).toEqual([
    ["0", 96],
    ["2", 111],
  ]);
  expect(notes).toEqual(["section 1 (video, mid 1) is inactive: another section has the video already."]);
  expect(answer).not.toContain("red/48000");
});
