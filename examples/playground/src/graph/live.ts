// The graph of examples/one-graph.ts, live: track → encoder → RTP → network → RTP → decoder → canvas.
import { signal } from "@preact/signals";
import { type GraphReport, PacketStream } from "floe";
import { BrowserClock, CanvasSink, VideoTrackSource, WebVideoDecoder, WebVideoEncoder } from "floe/browser";
import { type Media, overNetwork } from "../../../one-graph.ts";
import { cameraTrack, type LiveTrack, testTrack } from "./tracks.js";

/** What the live part is doing. */
export type LiveState =
  | { readonly kind: "idle" }
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly numbers: LiveNumbers | undefined }
  | { readonly kind: "failed"; readonly words: string };

/** What it counts. */
export type LiveNumbers = {
  /** Of both graphs, in the order in which a picture meets them. */
  readonly nodes: GraphReport["nodes"];
  /** Pictures a second, of the last half second. */
  readonly encodedFps: number;
  readonly shownFps: number;
  readonly bitrateBps: number;
  readonly packetsLost: number;
  readonly picturesDropped: number;
  readonly keyFrames: number;
};

/** Where the pictures come from. */
export type LiveSource = "camera" | "test";

const SAMPLE_MS = 500;
const SEED = 7;
const TO_NETWORK = "to-network";

export const liveState = signal<LiveState>({ kind: "idle" });
/** Share of packets that the network loses, in percent. */
export const lossPercent = signal(2);
/** How long the network takes, milliseconds. */
export const delayMs = signal(20);

let stop: (() => Promise<void>) | undefined;

/** Starts it anew. Never rejects: trouble is a state. */
export async function startLive(source: LiveSource, canvas: HTMLCanvasElement): Promise<void> {
  await stopLive();
  liveState.value = { kind: "starting" };
  try {
    const live = source === "camera" ? await cameraTrack() : testTrack();
    stop = await openGraph(live, canvas);
    liveState.value = { kind: "running", numbers: undefined };
  } catch (error) {
    fail(error);
  }
}

/** Stops it, if it runs. */
export async function stopLive(): Promise<void> {
  const stopping = stop;
  stop = undefined;
  await stopping?.();
  liveState.value = { kind: "idle" };
}

/** Tells the network what it is like from now on. */
export let changeNetwork: () => void = () => {};

async function openGraph(live: LiveTrack, canvas: HTMLCanvasElement): Promise<() => Promise<void>> {
  const clock = new BrowserClock();
  const encoder = new WebVideoEncoder({ bitrateBps: 1_000_000, keyFrameIntervalMs: 10_000 });
  const decoder = new WebVideoDecoder();
  const screen = new CanvasSink(canvas);
  const conditions = () => ({ lossRate: lossPercent.value / 100, delayMs: delayMs.value, jitterMs: delayMs.value / 4 });
  // Every packet is timed: a page has the time for it.
  const options = { clock, timedOneIn: 1 };
  const network = new PacketStream<Media>({ name: "network", ...options });
  const { graph, link, video } = await overNetwork(network, { seed: SEED, ...conditions() }, clock);
  graph.via(decoder).to(screen);
  const camera = new PacketStream({ name: "camera", ...options })
    .source(new VideoTrackSource(live.track))
    .via(encoder)
    .to({ name: TO_NETWORK, write: (packet) => network.write(packet) });
  // Without a peer between them, a receiver may ask the encoder itself.
  video.keyFrameNeeded.on(() => encoder.requestKeyFrame());
  decoder.keyFrameNeeded.on(() => encoder.requestKeyFrame());
  changeNetwork = () => link.change(conditions());
  const sample = sampler(() => {
    // The camera's sink is the network: its time is that of the stages behind it.
    const nodes = [camera.report(), network.report()].flatMap((report) =>
      report.nodes.filter(({ id }) => id !== TO_NETWORK),
    );
    const { keyFrames, dropped } = video.counters;
    return {
      nodes,
      encoded: encoder.counters.encoded,
      shown: screen.counters.frames,
      bytes: nodes.find(({ id }) => id === link.name)?.bytes ?? 0,
      packetsLost: link.counters.lost,
      picturesDropped: Object.values(dropped).reduce((sum, count) => sum + count, 0),
      keyFrames,
    };
  });
  const close = async (): Promise<void> => {
    await camera.close();
    await network.close();
    live.stop();
  };
  for (const stream of [camera, network]) {
    stream.failed.on(fail);
  }
  try {
    await network.start();
    await camera.start();
  } catch (error) {
    await close();
    throw error;
  }
  const timer = setInterval(() => {
    if (liveState.value.kind === "running") {
      liveState.value = { kind: "running", numbers: sample() };
    }
  }, SAMPLE_MS);
  return async () => {
    clearInterval(timer);
    changeNetwork = () => {};
    await close();
  };
}

type Sample = Omit<LiveNumbers, "encodedFps" | "shownFps" | "bitrateBps"> & {
  readonly encoded: number;
  readonly shown: number;
  readonly bytes: number;
};

/** Turns counters into rates. */
function sampler(read: () => Sample): () => LiveNumbers {
  let last = { ...read(), atMs: performance.now() };
  return () => {
    const now = { ...read(), atMs: performance.now() };
    const perSecond = 1000 / (now.atMs - last.atMs);
    const numbers = {
      ...now,
      encodedFps: (now.encoded - last.encoded) * perSecond,
      shownFps: (now.shown - last.shown) * perSecond,
      bitrateBps: (now.bytes - last.bytes) * 8 * perSecond,
    };
    last = now;
    return numbers;
  };
}

function fail(error: unknown): void {
  const stopping = stop;
  stop = undefined;
  void stopping?.();
  liveState.value = { kind: "failed", words: error instanceof Error ? wordsOf(error) : String(error) };
}

/** FloeError says how to fix it. */
function wordsOf(error: Error): string {
  const fix = "fix" in error && typeof error.fix === "string" ? error.fix : "";
  return fix === "" ? error.message : `${error.message}. ${fix}`;
}
