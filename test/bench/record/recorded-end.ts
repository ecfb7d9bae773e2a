// Where a recording ends: which picture of the clip is its last, and how far its sound goes.
import { FormatContext, Packet } from "node-av/lib";
import { tailOf } from "./clip-payloads.js";

/** The end of a file. */
export type RecordedEnd = {
  readonly pictures: number;
  /** Of the last picture, as `tailOf` gives it. */
  readonly tail: string;
  /** How much later than the last picture the last sound begins, milliseconds. */
  readonly soundAfterMs: number;
};

/** Reads a whole file. Throws when it cannot be opened. */
export async function recordedEnd(path: string): Promise<RecordedEnd> {
  const format = new FormatContext();
  const opened = await format.openInput(path);
  if (opened < 0) {
    throw new Error(`${path} cannot be opened: ${opened}`);
  }
  let [pictures, tail, pictureMs, soundMs] = [0, "", 0, 0];
  const packet = new Packet();
  packet.alloc();
  while (format.readFrameSync(packet) >= 0) {
    const { timeBase, codecpar } = format.streams[packet.streamIndex];
    const atMs = (1000 * Number(packet.pts) * timeBase.num) / timeBase.den;
    if (codecpar.width > 0) {
      pictures++;
      pictureMs = atMs;
      tail = tailOf(packet.data ?? new Uint8Array());
    } else {
      soundMs = atMs;
    }
    packet.unref();
  }
  packet.free();
  await format.closeInput();
  return { pictures, tail, soundAfterMs: soundMs - pictureMs };
}
