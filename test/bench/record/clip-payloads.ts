// A 720p30 clip with its sound as a publisher would send it: the RTP payloads of each picture and each piece of sound.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Arena, H264Packetizer, loadKernels, SlotRing } from "floe";
import { FormatContext, Packet } from "node-av/lib";
import { makeClip } from "../../node/av/make-clip.js";

/** Of every clip. */
export const PICTURES_PER_SECOND = 30;

/** Payloads of a packet at most, bytes. */
const MAX_PAYLOAD_BYTES = 1200;
const TAIL_BYTES = 16;

/** Pictures are 1/30 s long, sounds 20 ms. The first picture is a key frame. */
export type ClipPayloads = {
  readonly pictures: readonly {
    readonly payloads: readonly Uint8Array[];
    /** Its last bytes, by which it is known in a file, in base64. */
    readonly tail: string;
  }[];
  readonly sounds: readonly Uint8Array[];
};

/** Encodes a clip: so many seconds, 3 Mb/s, a key frame each `keyFrameEvery` pictures (RFC 6184, packetization-mode 1). */
export async function clipPayloads({
  seconds,
  keyFrameEvery,
}: {
  readonly seconds: number;
  readonly keyFrameEvery: number;
}): Promise<ClipPayloads> {
  const folder = mkdtempSync(join(tmpdir(), "floe-clip-"));
  try {
    const [picturesPath, soundsPath] = [join(folder, "clip.h264"), join(folder, "sound.mkv")];
    const videoOptions = {
      preset: "ultrafast",
      tune: "zerolatency",
      profile: "baseline",
      "x264-params": "scenecut=0:sliced-threads=0:no-info=1",
    };
    await makeClip({ path: picturesPath, seconds, audio: false, bFrames: 0, keyFrameEvery, videoOptions });
    await makeClip({ path: soundsPath, seconds, video: false, audioEncoder: "libopus" });
    const units = await unitsOf(picturesPath);
    const split = await h264Splitter();
    return {
      pictures: units.map((unit) => ({ payloads: split(unit), tail: tailOf(unit) })),
      sounds: await unitsOf(soundsPath),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By which a picture is known. */
export function tailOf(unit: Uint8Array): string {
  return Buffer.from(unit.subarray(-TAIL_BYTES)).toString("base64");
}

async function h264Splitter(): Promise<(unit: Uint8Array) => Uint8Array[]> {
  const arena = Arena.create({ sizeBytes: 4 * 1024 * 1024 });
  const ring = new SlotRing(arena, { name: "clip", slotCount: 512 });
  const kernels = await loadKernels(arena);
  const packetizer = new H264Packetizer({ kernels, arena, ring, maxPayloadBytes: MAX_PAYLOAD_BYTES });
  return (unit) => {
    packetizer.inputBytes.set(unit);
    const { packetCount } = packetizer.packetize(unit.length, 0);
    return Array.from({ length: packetCount }, (_, i) => ring.payload(i).slice());
  };
}

async function unitsOf(path: string): Promise<Uint8Array[]> {
  const format = new FormatContext();
  const opened = await format.openInput(path);
  if (opened < 0) {
    throw new Error(`${path} cannot be opened: ${opened}`);
  }
  const units: Uint8Array[] = [];
  const packet = new Packet();
  packet.alloc();
  while (format.readFrameSync(packet) >= 0) {
    units.push(Uint8Array.from(packet.data ?? []));
    packet.unref();
  }
  packet.free();
  await format.closeInput();
  format.freeContext();
  return units;
}
