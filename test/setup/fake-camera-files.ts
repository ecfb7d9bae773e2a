// What Chromium's file-fed camera and microphone show and play: a flash and a beep at the same time, once a second.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const WIDTH = 320;
const HEIGHT = 180;
const FPS = 30;
const SAMPLE_RATE_HZ = 48_000;
const WAV_HEAD_BYTES = 44;
/** Within each second. */
const FLASH_FRAMES = [15, 18] as const;
const [DARK, BRIGHT, GREY] = [40, 235, 128];
const BEEP_HZ = 1000;
const BEEP_AMPLITUDE = 16_000;

/** Writes both files into a folder, and answers the flags for Chromium. It begins them anew at their end, each at a time of its own. */
export function fakeCameraFlags(folder: string, seconds: number): string[] {
  const [video, audio] = [join(folder, "camera.y4m"), join(folder, "microphone.wav")];
  writeFileSync(video, y4m(seconds));
  writeFileSync(audio, wav(seconds));
  return [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${video}`,
    `--use-file-for-fake-audio-capture=${audio}`,
  ];
}

function y4m(seconds: number): Buffer {
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FPS}:1 Ip A1:1 C420jpeg\n`);
  const frames = Array.from({ length: seconds * FPS }, (_, i) => {
    const isFlash = i % FPS >= FLASH_FRAMES[0] && i % FPS < FLASH_FRAMES[1];
    const picture = Buffer.alloc((WIDTH * HEIGHT * 3) / 2, GREY);
    return Buffer.concat([Buffer.from("FRAME\n"), picture.fill(isFlash ? BRIGHT : DARK, 0, WIDTH * HEIGHT)]);
  });
  return Buffer.concat([head, ...frames]);
}

/** 16 bits, one channel. */
function wav(seconds: number): Buffer {
  const count = seconds * SAMPLE_RATE_HZ;
  const bytes = Buffer.alloc(WAV_HEAD_BYTES + 2 * count);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  bytes.writeUInt32LE(2 * SAMPLE_RATE_HZ, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * count, 40);
  for (let i = 0; i < count; i++) {
    const frame = ((i * FPS) / SAMPLE_RATE_HZ) % FPS;
    const isBeep = frame >= FLASH_FRAMES[0] && frame < FLASH_FRAMES[1];
    const sample = isBeep ? BEEP_AMPLITUDE * Math.sin((2 * Math.PI * BEEP_HZ * i) / SAMPLE_RATE_HZ) : 0;
    bytes.writeInt16LE(Math.round(sample), WAV_HEAD_BYTES + 2 * i);
  }
  return bytes;
}
