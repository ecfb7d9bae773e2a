// Any raw picture as an AVFrame that may be used after the call that brought it.
import type { Frame } from "node-av/lib";
import { FloeError } from "../../core/error/floe-error.js";
import type { VideoFramePacket } from "../../core/stream/media-packet.js";
import { checkAv } from "./av-error.js";
import { allocateFrame, referenceFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import { NativeVideoFrame } from "./native-video-frame.js";

/**
 * A reference to the packet's own frame, or, for a picture in plain memory, a copy. The caller frees it. Throws
 * FloeError `av/foreign-frame` for a layout that is only known to somebody else.
 */
export function frameOf(packet: VideoFramePacket): Frame {
  if (packet instanceof NativeVideoFrame) {
    return referenceFrame(packet.avFrame);
  }
  if (packet.format === "other") {
    throw new FloeError("av/foreign-frame", "A picture of an unknown layout cannot be given to FFmpeg", {
      fix: "Convert it to i420 or nv12 before.",
    });
  }
  const av = requireNodeAv();
  const frame = allocateFrame();
  frame.width = packet.width;
  frame.height = packet.height;
  frame.format = packet.format === "i420" ? av.AV_PIX_FMT_YUV420P : av.AV_PIX_FMT_NV12;
  checkAv(frame.getBuffer(), "allocating a frame");
  const planes = frame.data as Buffer[];
  const strides = frame.linesize;
  for (const [index, plane] of packet.planes.entries()) {
    const rows = index === 0 ? packet.height : Math.ceil(packet.height / 2);
    const rowBytes = index === 0 || packet.format === "nv12" ? packet.width : Math.ceil(packet.width / 2);
    for (let row = 0; row < rows; row++) {
      const at = row * packet.strides[index];
      planes[index].set(plane.subarray(at, at + rowBytes), row * strides[index]);
    }
  }
  return frame;
}
