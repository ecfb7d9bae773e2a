// The order of the codecs in an offer.
import { expect, test } from "vitest";
import { orderVideoCodecs } from "../../../src/browser/webrtc/video-codecs.js";

const codec = (name: string, sdpFmtpLine = ""): RTCRtpCodec => ({
  mimeType: `video/${name}`,
  clockRate: 90_000,
  ...(sdpFmtpLine === "" ? {} : { sdpFmtpLine }),
});
const h264 = (profile: string, mode: number): RTCRtpCodec =>
  codec("H264", `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profile}`);

const offered = [
  codec("VP8"),
  codec("rtx"),
  codec("VP9", "profile-id=0"),
  h264("42001f", 1),
  h264("42e01f", 0),
  h264("640034", 1),
  h264("42e01f", 1),
  codec("red"),
];
const names = (first: "h264" | "vp8"): string[] =>
  orderVideoCodecs(offered, first).map(({ mimeType, sdpFmtpLine = "" }) =>
    `${mimeType.slice(6)} ${/profile-level-id=(\w+)/.exec(sdpFmtpLine)?.[1] ?? ""}${/mode=./.exec(sdpFmtpLine)?.[0] ?? ""}`.trim(),
  );

test("H.264 constrained baseline in any size of fragments comes first, then its kin, then VP8, then the rest as it was", () => {
  expect(names("h264")).toEqual([
    "H264 42e01fmode=1",
    "H264 42e01fmode=0",
    "H264 42001fmode=1",
    "H264 640034mode=1",
    "VP8",
    "rtx",
    "VP9",
    "red",
  ]);
});

test("VP8 comes first for whoever wants it, and H.264 next", () => {
  expect(names("vp8").slice(0, 2)).toEqual(["VP8", "H264 42e01fmode=1"]);
  expect(names("vp8").slice(-3)).toEqual(["rtx", "VP9", "red"]);
});
