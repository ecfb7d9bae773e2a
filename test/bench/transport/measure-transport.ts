// CPU of a whole process for each packet that it sends and receives over either library; prints the rows as JSON. The far end is
// node-datachannel in a process of its own, which this file is too, with the argument `far`.
import { fork } from "node:child_process";
import { once } from "node:events";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { NativeLibrary } from "../../../src/node/webrtc/native-library.js";
import type { TransportLibrary } from "../../../src/node/webrtc/transport-library.js";
import { WeriftLibrary } from "../../../src/node/webrtc/werift/werift-library.js";
import { CONFIG, VIDEO } from "../../compliance/connection.js";
import { NativeFarEnd } from "../../compliance/native-far-end.js";
import { rtp } from "../../compliance/packets.js";
import type { Row } from "../lib/row.js";
import { median } from "../lib/statistics.js";

const ROUNDS = 5;
const WARM_UP_ROUNDS = 1;
const PACKETS = 6000;
/** Every millisecond: what a hundred viewers get. */
const BURST = 12;
const SIZES = [200, 1200];

type ToFar = { answer: Parameters<NativeFarEnd["answer"]>[0] } | { candidate: string } | { send: number } | "close";
type FromFar = { offer: string } | { candidate: string } | "opened";

/** Sends packets of a size in bursts; resolves when all have left. */
async function sendAll(length: number, send: (packet: Buffer) => unknown): Promise<void> {
  let sequenceNumber = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      for (let count = 0; count < BURST && sequenceNumber < PACKETS; count++) {
        send(rtp(sequenceNumber++, { length, ssrc: length }));
      }
      if (sequenceNumber === PACKETS) {
        clearInterval(timer);
        resolve();
      }
    }, 1);
  });
}

async function far(): Promise<void> {
  const tell = (message: FromFar): unknown => process.send?.(message);
  const end = await NativeFarEnd.open();
  const gathered: string[] = [];
  end.candidate.on(({ candidate }) => gathered.push(candidate));
  process.on("message", (message: ToFar) => {
    if (message === "close") {
      void end.close().then(() => process.exit());
    } else if ("answer" in message) {
      end.answer(message.answer);
      for (const candidate of gathered) {
        tell({ candidate });
      }
    } else if ("candidate" in message) {
      end.addCandidate({ candidate: message.candidate });
    } else {
      void sendAll(message.send, (packet) => end.send(packet));
    }
  });
  tell({ offer: await end.offer() });
  await end.opened;
  tell("opened");
}

/** Microseconds of CPU a packet, of each size: sent, and received. */
async function costs(library: TransportLibrary): Promise<number[]> {
  const child = fork(process.argv[1], ["far"]);
  const tell = (message: ToFar): unknown => child.send(message);
  const { sends: _, ...received } = VIDEO;
  const near = library.open("near", CONFIG, Logger.silent());
  near.candidateGathered.on(({ candidate }) => tell({ candidate }));
  const isOpen = new Promise<void>((resolve) => near.mediaOpened.on(() => resolve()));
  await new Promise<void>((resolve) => {
    child.on("message", (message: FromFar) => {
      if (message === "opened") {
        resolve();
      } else if ("offer" in message) {
        // One that is received on may be sent on as well: both ways in one connection.
        tell({ answer: near.accept(message.offer, [received]) });
      } else {
        near.addRemoteCandidate({ candidate: message.candidate });
      }
    });
  });
  await isOpen;
  const media = near.media(VIDEO.mid);
  const measured: number[] = [];
  let count = 0;
  media?.received.on(() => count++);
  for (const length of SIZES) {
    const sending = process.cpuUsage();
    await sendAll(length, (packet) => media?.send(packet));
    measured.push(perPacket(sending, PACKETS));
    count = 0;
    const receiving = process.cpuUsage();
    tell({ send: length });
    while (count < 0.99 * PACKETS) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    measured.push(perPacket(receiving, count));
  }
  near.close();
  tell("close");
  await once(child, "exit");
  return measured;
}

function perPacket(before: NodeJS.CpuUsage, packets: number): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / packets;
}

async function measure(): Promise<Row[]> {
  const libraries = [await WeriftLibrary.acquire(), await NativeLibrary.acquire(Logger.silent())];
  const rounds: number[][][] = libraries.map(() => []);
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const [at, library] of libraries.entries()) {
      rounds[at].push(await costs(library));
    }
  }
  for (const library of libraries) {
    library.release();
  }
  const [ours, peer] = rounds.map((values) =>
    values[0].map((_, column) => median(values.slice(WARM_UP_ROUNDS).map((row) => row[column]))),
  );
  return SIZES.flatMap((length) => [`${length} B sent`, `${length} B received`]).map((id, column) => ({
    id: `werift: ${id}`,
    unit: "us of CPU a packet",
    ours: ours[column],
    peer: peer[column],
    peerName: "node-datachannel",
  }));
}

if (process.argv[2] === "far") {
  await far();
} else {
  console.log(JSON.stringify(await measure()));
  process.exit();
}
