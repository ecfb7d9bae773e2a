// Stereo sound: browsers decode Opus to one channel unless their own description says stereo=1 (RFC 7587 6.1), and no
// API says it for them.

/** The offer with stereo=1 for each Opus payload type that has parameters and does not say it yet. */
export function withStereo(offerSdp: string): string {
  const opus = [...offerSdp.matchAll(/^a=rtpmap:([0-9]+) opus\/48000\/2\r?$/gim)].map(([, payloadType]) => payloadType);
  return offerSdp.replace(/^a=fmtp:([0-9]+) [^\r\n]*/gm, (line, payloadType: string) => {
    const isPlainOpus = opus.includes(payloadType) && !/[ ;]stereo=/.test(line);
    return isPlainOpus ? `${line};stereo=1` : line;
  });
}
