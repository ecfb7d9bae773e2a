// What an encoder has ready, one packet at a time.
import type { CodecContext, Packet } from "node-av/lib";
import { allocatePacket, freePacket } from "./live-handles.js";

/** The next packet, which is the caller's to free; undefined while the encoder has none. The encoding happened when the frame was sent. */
export function nextEncoded(context: CodecContext): Packet | undefined {
  const packet = allocatePacket();
  if (context.receivePacketSync(packet) < 0) {
    freePacket(packet);
    return undefined;
  }
  return packet;
}
