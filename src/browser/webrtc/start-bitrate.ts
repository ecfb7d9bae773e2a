// How fast a picture begins. Chromium begins with 300 kbit/s and works its way up, whatever the path carries: a 720p camera
// gives 8 frames in its first second, and 20 when it may begin with 1 Mbit/s. Only the answer's format parameters say so.

const PARAMETER = "x-google-start-bitrate";

/** The answer with a rate to begin with for H.264 and VP8, unless the other side has said one. */
export function withStartBitrate(answerSdp: string, bitrateBps: number): string {
  if (answerSdp.includes(PARAMETER)) {
    return answerSdp;
  }
  const parameter = `${PARAMETER}=${Math.round(bitrateBps / 1000)}`;
  const mapped = answerSdp.matchAll(/^a=rtpmap:([0-9]+) (?:H264|VP8)\/90000/gim);
  let answer = answerSdp;
  for (const [line, payloadType] of mapped) {
    const own = new RegExp(`^a=fmtp:${payloadType} [^\r\n]*`, "m").exec(answer)?.[0];
    answer =
      own === undefined
        ? answer.replace(line, `${line}\r\na=fmtp:${payloadType} ${parameter}`)
        : answer.replace(own, `${own};${parameter}`);
  }
  return answer;
}
