// Every kernel's definition, for tests that look at all of them.
import type { KernelDefinition } from "../../../src/core/kernel/kernel.js";
import { RTP_STAMP } from "../../../src/core/kernel/rtp-stamp-twin.js";
import { PICTURE_FORMAT } from "../../../src/core/media/picture-format-twin.js";
import { SAMPLE_FORMAT } from "../../../src/core/media/sample-format-twin.js";
import { ANNEXB_SCAN } from "../../../src/core/payload/h264/annexb-scan-twin.js";
import { H264_PACKETIZE } from "../../../src/core/payload/h264/h264-packetize-twin.js";
import { OPUS_FRAME } from "../../../src/core/payload/opus/opus-frame-twin.js";
import { RTP_PARSE } from "../../../src/core/rtp/batch/rtp-parse-twin.js";
import { RTP_REWRITE } from "../../../src/core/rtp/batch/rtp-rewrite-twin.js";
import { BAND_ENERGIES } from "../../../src/core/speech/band-energies-twin.js";
import { STUN_VERIFY } from "../../../src/core/stun/stun-verify-twin.js";
import { TURN_FRAME } from "../../../src/core/turn/turn-frame-twin.js";
import { BLOCK_DIFFERENCE } from "../../../src/core/vision/block-difference-twin.js";

/** In alphabetical order. */
export const ALL_KERNELS: readonly Pick<KernelDefinition<unknown>, "name" | "embedded">[] = [
  ANNEXB_SCAN,
  BAND_ENERGIES,
  BLOCK_DIFFERENCE,
  H264_PACKETIZE,
  OPUS_FRAME,
  PICTURE_FORMAT,
  RTP_PARSE,
  RTP_REWRITE,
  RTP_STAMP,
  SAMPLE_FORMAT,
  STUN_VERIFY,
  TURN_FRAME,
];
