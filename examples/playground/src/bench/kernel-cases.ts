// Every kernel case. A new kernel adds its cases here and their digests in kernel-digests.ts.
import { annexbScanCases } from "./cases/annexb-scan.js";
import { formatCases } from "./cases/formats.js";
import { h264PacketizeCases } from "./cases/h264-packetize.js";
import { motionCases } from "./cases/motion.js";
import { opusFrameCases } from "./cases/opus-frame.js";
import { rtpBatchCases } from "./cases/rtp-batch.js";
import { rtpStampCases } from "./cases/rtp-stamp.js";
import { stunVerifyCases } from "./cases/stun-verify.js";
import { turnFrameCases } from "./cases/turn-frame.js";
import { voiceCases } from "./cases/voice.js";
import type { KernelCase } from "./kernel-case.js";

/** In the order in which they are shown. */
export const kernelCases: readonly KernelCase[] = [
  ...annexbScanCases,
  ...h264PacketizeCases,
  ...rtpStampCases,
  ...rtpBatchCases,
  ...stunVerifyCases,
  ...turnFrameCases,
  ...opusFrameCases,
  ...motionCases,
  ...voiceCases,
  ...formatCases,
];
