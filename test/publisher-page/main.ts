// A publisher for end-to-end tests and benches: camera and microphone of the browser to a server in record mode.
import { openDevices } from "../../src/browser/devices/open-devices.js";
import { publish } from "../../src/browser/publish/publish.js";
import type { PublishSession } from "../../src/browser/webrtc/publish-session.js";
import { describeEnd } from "../../src/core/webrtc/peer-session-state.js";
import { type Captured, CaptureMeter } from "./capture-meter.js";
import type { PublishedMedia, PublisherCounts, PublisherPage } from "./publisher-page.js";

const CAMERA = { width: 640, height: 360, fps: 30 };

class Publisher implements PublisherPage {
  ending = "";
  #session: PublishSession | undefined;
  #meter: CaptureMeter | undefined;

  async publish({ video = CAMERA, audio = "on", videoCodec, user, token, meter }: PublishedMedia = {}): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: video !== "none" && { width: video.width, height: video.height, frameRate: video.fps },
      audio: audio === "on" && { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
    this.#meter = meter ? new CaptureMeter(stream) : undefined;
    const session = await publish(stream, {
      ...(videoCodec === undefined ? {} : { videoCodec }),
      ...(user === undefined ? {} : { user }),
      ...(token === undefined ? {} : { token }),
    });
    this.#session = session;
    void session.ended.then((reason) => {
      this.ending = describeEnd(reason);
    });
  }

  async replaceCamera({ width, height }: { readonly width: number; readonly height: number }): Promise<void> {
    const [track] = (await openDevices({ camera: { width, height }, microphone: false })).getVideoTracks();
    await this.#session?.replaceTrack(track);
  }

  async counts(): Promise<PublisherCounts> {
    const { video } = (await this.#session?.stats()) ?? {};
    return {
      framesSent: video?.framesSent ?? 0,
      codec: video?.codec ?? "",
      nacks: video?.nackCount ?? 0,
      keyFrameRequests: video?.pliCount ?? 0,
      width: video?.width ?? 0,
      height: video?.height ?? 0,
    };
  }

  captured(): Captured {
    return this.#meter?.captured ?? { flashesMs: [], beepsMs: [] };
  }

  hangup(): void {
    this.#session?.hangup();
  }
}

Object.assign(globalThis, { publisher: new Publisher() });
