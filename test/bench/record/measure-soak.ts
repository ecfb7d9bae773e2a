// What an hour of receiving and recording leaves behind: the receiving half of a server and a recording, on a manual clock and so at
// full speed. Prints the rows as JSON. Needs --expose-gc.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import v8 from "node:v8";
import { ManualClock, MediaReceiver, parseSdp, planAnswer, ReceiveMemory, recordingCapabilities } from "floe";
import { NodeEntropy, Recording } from "floe/node";
import { heldHeapBytes } from "../lib/held-heap.mjs";
import type { Row } from "../lib/row.js";
import { fitLine } from "../lib/statistics.js";
import { clipPayloads } from "./clip-payloads.js";
import { ClipSender } from "./clip-sender.js";
import { LossyWay } from "./lossy-way.js";

const SEED = 1;
/** Code is compiled for as long, and compiled again when collections have taken it away: that is what grows, slower each minute. */
const WARM_UP_LOOKS = 40;
const LOOKS = 20;
const MINUTES_PER_LOOK = 3;
const SEGMENT_MINUTES = 10;
const MINUTE_US = 60_000_000;
/** What the code states as bounds: places of a reorder window, and gaps that a recording's report keeps. */
const WINDOW_PACKETS = 1024;
const KEPT_GAPS = 100;

const folder = mkdtempSync(join(tmpdir(), "floe-record-soak-"));
const clock = new ManualClock();
const way = new LossyWay(clock, SEED);
const clip = await clipPayloads({ seconds: 12, keyFrameEvery: 360 });
const sender = new ClipSender({ clip, clock, ssrc: 1000, send: (packet) => way.depart(packet) });
const receiver = await openReceiver();
way.feedback = (packet) => sender.feedback(packet);
sender.start();

const recording = await openRecording();

let mostWaiting = 0;
for (let look = 0; look < WARM_UP_LOOKS; look++) {
  await nextLook();
}
const before = { pictures: sender.counters.pictures, arrived: way.arrived, written: picturesWritten() };
const looks = { millions: [] as number[], kibibytes: [] as number[], code: [] as number[] };
for (let look = 0; look < LOOKS; look++) {
  looks.kibibytes.push((await nextLook()) / 1024);
  looks.code.push(codeBytes() / 1024);
  looks.millions.push(way.arrived / 1e6);
}
const arrived = way.arrived - before.arrived;
const sent = sender.counters.pictures - before.pictures;
const written = picturesWritten() - before.written;
const { tracks } = receiver.report();
receiver.close();
await recording.close();
rmSync(folder, { recursive: true });

const { slope, standardError } = fitLine(looks.millions, looks.kibibytes);
const { gaps } = recording.report();
const rows: Row[] = [
  {
    id: "an hour of receiving and recording: heap",
    unit: "KiB a million packets",
    ours: slope,
    goal: { of: "ours", atMost: 64 },
  },
  { id: "of it compiled code", unit: "KiB a million packets", ours: fitLine(looks.millions, looks.code).slope },
  { id: "its standard error", unit: "KiB a million packets", ours: standardError },
  { id: "packets that came in that hour", unit: "packets", ours: arrived },
  {
    id: "pictures recorded, of those sent",
    unit: "%",
    ours: (100 * written) / sent,
    goal: { of: "ours", atLeast: 99 },
  },
  { id: "packets that came when asked for, since the start", unit: "packets", ours: tracks[0].rtp.rtxPackets },
  {
    id: `most packets in a reorder window of ${WINDOW_PACKETS}`,
    unit: "packets",
    ours: mostWaiting,
    goal: { of: "ours", atMost: WINDOW_PACKETS },
  },
  {
    id: `gaps kept, of ${KEPT_GAPS} at most`,
    unit: "gaps",
    ours: gaps.length,
    goal: { of: "ours", atMost: KEPT_GAPS },
  },
];
console.log(JSON.stringify(rows));
process.exit(0);

/** The call goes on until the next look; answers what is held. */
function nextLook(): Promise<number> {
  for (let i = 0; i < MINUTES_PER_LOOK; i++) {
    clock.advance(MINUTE_US);
    mostWaiting = Math.max(mostWaiting, ...receiver.report().tracks.map(({ rtp }) => rtp.waiting));
  }
  return heldHeapBytes();
}

/** What V8 has compiled so far, without what it keeps about it. */
function codeBytes(): number {
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = v8.getHeapCodeStatistics();
  return code + bytecode;
}

function picturesWritten(): number {
  return recording.report().video?.pictures ?? 0;
}

async function openReceiver(): Promise<MediaReceiver> {
  const fingerprint = { algorithm: "sha-256", value: Array.from({ length: 32 }, () => "00").join(":") };
  const offer = sender.offer({ iceUfrag: "soak", icePwd: "soaksoaksoaksoaksoaksoak", fingerprint });
  const plan = planAnswer(parseSdp(offer), recordingCapabilities());
  const sections = plan.sections.flatMap((section) => (section.kind === "media" ? [{ section, transport: way }] : []));
  const memory = await ReceiveMemory.create();
  return new MediaReceiver({ memory, sections, clock, entropy: new NodeEntropy() });
}

/** In segments, each of which goes when the next one begins: a day would not fit every disk. */
async function openRecording(): Promise<Recording> {
  const pathOf = (segment: number): string => join(folder, `${segment}.mp4`);
  const opened = await Recording.open({
    format: "mp4",
    pathOf: (segment) => {
      rmSync(pathOf(segment - 2), { force: true });
      return pathOf(segment);
    },
    expectsVideo: true,
    expectsAudio: true,
    segmentUs: SEGMENT_MINUTES * MINUTE_US,
  });
  opened.keyFrameNeeded.on(() => receiver.requestKeyFrame());
  receiver.connect((packet) => opened.write(packet));
  return opened;
}
