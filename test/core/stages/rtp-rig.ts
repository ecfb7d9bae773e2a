// Stages over a small arena, and RTP packets made by hand.
import { Arena } from "../../../src/core/kernel/arena.js";
import { loadKernels } from "../../../src/core/kernel/load-kernels.js";
import { H264ToRtp, type H264ToRtpOptions } from "../../../src/core/stages/h264-to-rtp.js";
import { OpusToRtp } from "../../../src/core/stages/opus-to-rtp.js";
import { PlainRtpVideo } from "../../../src/core/stages/rtp-media.js";

/** Both packetizing stages, on kernels or on twins. */
export async function senders(
  options: Partial<H264ToRtpOptions> = {},
): Promise<{ video: H264ToRtp; audio: OpusToRtp }> {
  const arena = Arena.create({ sizeBytes: 1024 * 1024 });
  const kernels = await loadKernels(arena);
  const bounds = { slotCount: 64, maxAccessUnitBytes: 128 * 1024 };
  return {
    video: new H264ToRtp({ kernels, arena, ssrc: 1, ...bounds, ...options }),
    audio: new OpusToRtp({ kernels, arena, ssrc: 2, firstSequenceNumber: 65_535 }),
  };
}

/** An RTP packet of a video stream with a header as told. */
export function rtpVideo(
  sequenceNumber: number,
  payload: readonly number[],
  { timestamp = 0, marker = false, payloadType = 96, ssrc = 1, timeUs = 0 } = {},
): PlainRtpVideo {
  const bytes = new Uint8Array(12 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, payloadType | (marker ? 0x80 : 0));
  view.setUint16(2, sequenceNumber & 0xffff);
  view.setUint32(4, timestamp);
  view.setUint32(8, ssrc);
  bytes.set(payload, 12);
  return new PlainRtpVideo({ data: bytes, timeUs });
}
