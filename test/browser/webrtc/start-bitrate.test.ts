// What a picture begins with, said in the answer's name.
import { expect, test } from "vitest";
import { withStartBitrate } from "../../../src/browser/webrtc/start-bitrate.js";

const answer = [
  "m=video 9 UDP/TLS/RTP/SAVPF 96 102",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:102 H264/90000",
  "a=fmtp:102 packetization-mode=1;profile-level-id=42e01f",
  "a=rtpmap:103 rtx/90000",
  "a=fmtp:103 apt=102",
  "",
];

test("H.264 and VP8 begin with it, with format parameters of their own or without", () => {
  expect(withStartBitrate(answer.join("\r\n"), 1_000_000).split("\r\n")).toEqual([
    answer[0],
    answer[1],
    "a=fmtp:96 x-google-start-bitrate=1000",
    answer[2],
    `${answer[3]};x-google-start-bitrate=1000`,
    ...answer.slice(4),
  ]);
});

test("what the other side has said stands", () => {
  const said = withStartBitrate(answer.join("\r\n"), 2_500_000);
  expect(withStartBitrate(said, 1_000_000)).toBe(said);
});
