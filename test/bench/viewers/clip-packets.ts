// What a clip is on the wire: the lengths of the RTP packets of each picture and each piece of sound, one pass of it.
import { FormatContext, Packet } from "node-av/lib";

/** Payload of a packet at most, and RTP header with extension in front of it, in bytes. */
const MAX_PAYLOAD_BYTES = 1200;
const HEADER_BYTES = 20;

/** For each picture and each piece of sound its packets' lengths. */
export type ClipPackets = { readonly video: readonly number[][]; readonly audio: readonly number[][] };

/** Reads a clip with one video and one audio stream. */
export async function clipPackets(path: string): Promise<ClipPackets> {
  const format = new FormatContext();
  format.allocContext();
  const opened = await format.openInput(path);
  if (opened < 0) {
    throw new Error(`${path} cannot be opened: ${opened}`);
  }
  const video: number[][] = [];
  const audio: number[][] = [];
  const packet = new Packet();
  packet.alloc();
  while (format.readFrameSync(packet) >= 0) {
    (format.streams[packet.streamIndex].codecpar.width > 0 ? video : audio).push(split(packet.size));
    packet.unref();
  }
  packet.free();
  await format.closeInput();
  format.freeContext();
  return { video, audio };
}

function split(bytes: number): number[] {
  const count = Math.ceil(bytes / MAX_PAYLOAD_BYTES);
  return Array.from({ length: count }, () => HEADER_BYTES + Math.round(bytes / count));
}
