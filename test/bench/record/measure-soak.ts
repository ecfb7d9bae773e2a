// What an hour of receiving and recording leaves behind: the receiving half of a server and a recording, on a manual clock and so at
// full speed. Prints the rows as JSON. Needs --expose-gc.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, MediaReceiver, parseSdp, planAnswer, ReceiveMemory, recordingCapabilities } from "floe";
import { NodeEntropy, Recording } from "floe/node";
import { heldHeapBytes } from "../lib/held-heap.mjs";
import type { Row } from "../lib/row.js";
import { fitLine } from "../lib/statistics.js";
import { clipPayloads } from "./clip-payloads.js";
import { ClipSender } from "./clip-sender.js";
import { LossyWay } from "./lossy-way.js";

const SEED = 1;
/** Recordings of half an hour before the one that counts: code is compiled for as long, which is what grows, slower each minute. */
const WARM_UPS = 3;
const WARM_UP_MINUTES = 30;
const LOOKS = 20;
const MINUTES_PER_LOOK = 3;
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

let mostWaiting = 0;
for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
  const recording = await openRecording("warm-up");
  for (let i = 0; i < WARM_UP_MINUTES; i++) {
    minute();
  }
  await recording.close();
  rmSync(recording.path);
}

const hour = await openRecording("hour");
const [sentBefore, arrivedBefore] = [sender.counters.pictures, way.counters.arrived];
const millions: number[] = [];
const kibibytes: number[] = [];
for (let look = 0; look < LOOKS; look++) {
  for (let i = 0; i < MINUTES_PER_LOOK; i++) {
    minute();
  }
  millions.push(way.counters.arrived / 1e6);
  kibibytes.push((await heldHeapBytes()) / 1024);
}
const arrived = way.counters.arrived - arrivedBefore;
const sent = sender.counters.pictures - sentBefore;
const { tracks } = receiver.report();
const { recording } = hour;
await hour.close();
receiver.close();
rmSync(folder, { recursive: true });

const { slope, standardError } = fitLine(millions, kibibytes);
const { gaps, video } = recording.report();
const rows: Row[] = [
  {
    id: "an hour of receiving and recording: heap",
    unit: "KiB a million packets",
    ours: slope,
    goal: { of: "ours", atMost: 64 },
  },
  { id: "its standard error", unit: "KiB a million packets", ours: standardError },
  { id: "packets that came in that hour", unit: "packets", ours: arrived },
  {
    id: "pictures in its file, of those sent",
    unit: "%",
    ours: (100 * (video?.pictures ?? 0)) / sent,
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

function minute(): void {
  clock.advance(MINUTE_US);
  mostWaiting = Math.max(mostWaiting, ...receiver.report().tracks.map(({ rtp }) => rtp.waiting));
}

async function openReceiver(): Promise<MediaReceiver> {
  const fingerprint = { algorithm: "sha-256", value: Array.from({ length: 32 }, () => "00").join(":") };
  const offer = sender.offer({ iceUfrag: "soak", icePwd: "soaksoaksoaksoaksoaksoak", fingerprint });
  const plan = planAnswer(parseSdp(offer), recordingCapabilities());
  const sections = plan.sections.flatMap((section) => (section.kind === "media" ? [{ section, transport: way }] : []));
  const memory = await ReceiveMemory.create();
  return new MediaReceiver({ memory, sections, clock, entropy: new NodeEntropy() });
}

async function openRecording(name: string) {
  const path = join(folder, `${name}.mp4`);
  const recording = await Recording.open({ format: "mp4", pathOf: () => path, expectsVideo: true, expectsAudio: true });
  recording.keyFrameNeeded.on(() => receiver.requestKeyFrame());
  const connected = receiver.connect((packet) => recording.write(packet));
  const close = async (): Promise<void> => {
    connected[Symbol.dispose]();
    await recording.close();
  };
  return { path, recording, close };
}
