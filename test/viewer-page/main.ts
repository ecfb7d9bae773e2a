// A viewer for benches and end-to-end tests: watches a peer and notes, for each frame that is shown, how old its stamp is.
import { StampReader } from "../../src/browser/player/stamp-reader.js";
import { BrowserSympleClient } from "../../src/browser/symple/symple-client.js";
import { WatchSession } from "../../src/browser/webrtc/watch-session.js";
import { type Stamp, stampAgeMs, stampFramesBetween } from "../../src/core/media/stamp.js";
import { SyncMeter } from "./sync-meter.js";
import type { FrameSamples, ViewerPage, WatchOptions } from "./viewer-page.js";

/** Stamps are cut to whole milliseconds: half of one too old, on average. */
const HALF_STAMP_MS = 0.5;

class Viewer implements ViewerPage {
  readonly #video = document.createElement("video");
  readonly #reader = new StampReader();
  #session: WatchSession | undefined;
  #latenciesMs: number[] = [];
  #frameNumbers: number[] = [];
  #frames = 0;
  #disorder = 0;
  #last: Stamp | undefined;
  #sync: SyncMeter | undefined;

  async watch({ peer, playout, muted }: WatchOptions): Promise<number> {
    const client = new BrowserSympleClient({ url: "/", user: "viewer" });
    const online = new Promise<void>((resolve, reject) => {
      client.changed.on((state) => {
        if (state.kind === "online") {
          resolve();
        } else if (state.kind === "error") {
          reject(state.error);
        }
      });
    });
    client.open();
    await online;
    // As a click on Watch: signalling is up, the call begins now.
    const clickedMs = performance.now();
    const session = new WatchSession({ signaller: client.signaller(), peer, playout });
    this.#session = session;
    const video = this.#video;
    video.muted = muted;
    video.autoplay = true;
    video.width = 640;
    video.srcObject = session.stream;
    document.body.append(video);
    const firstFrame = new Promise<number>((resolve, reject) => {
      video.requestVideoFrameCallback((nowMs) => resolve(nowMs - clickedMs));
      session.changed.on((state) => {
        if (state.kind === "ended") {
          reject(new Error(session.words));
        }
      });
    });
    this.#nextFrame();
    session.start();
    return firstFrame;
  }

  get words(): string {
    return this.#session?.words ?? "";
  }

  measureSync(): void {
    this.#sync = new SyncMeter();
    void this.#sync.listen(this.#session?.stream ?? new MediaStream());
  }

  begin(): void {
    this.#latenciesMs = [];
    this.#frameNumbers = [];
    this.#frames = 0;
    this.#disorder = 0;
  }

  async samples(): Promise<FrameSamples> {
    const stats = await this.#session?.stats();
    return {
      latenciesMs: this.#latenciesMs,
      frameNumbers: this.#frameNumbers,
      frames: this.#frames,
      disorder: this.#disorder,
      packetsLost: stats?.video?.packetsLost ?? Number.NaN,
      freezes: stats?.video?.freezeCount ?? Number.NaN,
      nacks: stats?.video?.nackCount ?? Number.NaN,
      framesDropped: stats?.video?.framesDropped ?? Number.NaN,
      codec: stats?.video?.codec ?? "",
      bitrateBps: stats?.video?.bitrateBps ?? Number.NaN,
      syncOffsetsMs: (this.#sync?.takeOffsetsMs() ?? []).map((ms) => ms + (stats?.audio?.playoutDelayMs ?? 0)),
      audioEnergy: stats?.audio?.energy ?? 0,
    };
  }

  /** Takes one frame's stamp. A callback that comes late reads the next picture: the same frame seen twice is one. */
  #note(stamp: Stamp | undefined, nowMs: number): void {
    const step = stamp === undefined || this.#last === undefined ? 1 : stampFramesBetween(this.#last, stamp);
    if (stamp !== undefined && step !== 0) {
      this.#latenciesMs.push(stampAgeMs(stamp, nowMs) - HALF_STAMP_MS);
      this.#frameNumbers.push(stamp.frameNumber);
      this.#disorder += step < 0 ? 1 : 0;
      this.#last = stamp;
    }
  }

  #nextFrame(): void {
    this.#video.requestVideoFrameCallback((_, metadata) => {
      const nowMs = performance.timeOrigin + performance.now();
      void this.#sync?.frame(this.#video, metadata);
      this.#frames++;
      void this.#reader.readVideo(this.#video).then((stamp) => this.#note(stamp, nowMs));
      this.#nextFrame();
    });
  }
}

Object.assign(globalThis, { viewer: new Viewer() });
