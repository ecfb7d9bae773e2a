// What a publishing call sends: the tracks it was given, each on a section of its own that receives nothing.
import type { CallMedia } from "./call-connection.js";
import { withStereo } from "./stereo-offer.js";
import { orderVideoCodecs, type PublishVideoCodec } from "./video-codecs.js";

/** How picture and sound are encoded. */
export type PublishMediaOptions = {
  /**
   * What the picture shows, for a track that does not say it yet (`MediaStreamTrack.contentHint`): "motion" for people and
   * scenes, "detail" or "text" for screens and documents. Left out: the browser's choice.
   */
  readonly contentHint?: "motion" | "detail" | "text";
  /**
   * What gives when the network or the machine cannot keep up: "maintain-resolution" (default) sends fewer frames of the full
   * size, so that a recording keeps one size; "maintain-framerate" sends smaller frames; "balanced" some of both.
   */
  readonly degradation?: RTCDegradationPreference;
  /** Offered first; "h264" by default. The other side's answer decides. */
  readonly videoCodec?: PublishVideoCodec;
  /** Most bits per second of the picture; the browser's own limit (about 2.5 Mbit/s at 720p) when left out. */
  readonly maxBitrateBps?: number;
  /** Most frames per second; as many as come when left out. */
  readonly maxFps?: number;
  /** Sound in stereo at a rate for music instead of speech; off by default. */
  readonly isMusic?: boolean;
};

/** The sending half of one connection. */
export class PublishMedia implements CallMedia {
  readonly ready: Promise<void>;
  readonly #options: PublishMediaOptions;
  readonly #senders = new Map<string, RTCRtpSender>();

  constructor(peer: RTCPeerConnection, tracks: readonly MediaStreamTrack[], options: PublishMediaOptions) {
    this.#options = options;
    const streams = [new MediaStream()];
    for (const track of tracks) {
      const isVideo = track.kind === "video";
      const transceiver = peer.addTransceiver(track, {
        direction: "sendonly",
        streams,
        ...(isVideo ? { sendEncodings: [encoding(options)] } : {}),
      });
      this.#senders.set(track.kind, transceiver.sender);
      if (isVideo) {
        preferCodec(transceiver, options.videoCodec ?? "h264");
      }
    }
    const video = this.#senders.get("video");
    this.ready = video === undefined ? Promise.resolve() : prefer(video, options.degradation ?? "maintain-resolution");
  }

  shapeOffer(sdp: string): string {
    return sdp;
  }

  /** Browsers encode one channel of sound unless the receiver asks for two (RFC 7587 6.1): ask ourselves in its name. */
  shapeAnswer(sdp: string): string {
    return this.#options.isMusic === true ? withStereo(sdp) : sdp;
  }

  /** Sends another track of the same kind from now on. Rejects with what the browser says. */
  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#senders.get(track.kind)?.replaceTrack(track);
  }
}

function encoding({ maxBitrateBps, maxFps }: PublishMediaOptions): RTCRtpEncodingParameters {
  return {
    ...(maxBitrateBps === undefined ? {} : { maxBitrate: maxBitrateBps }),
    ...(maxFps === undefined ? {} : { maxFramerate: maxFps }),
  };
}

/** A browser that takes no order offers its own: the answer decides anyway. */
function preferCodec(transceiver: RTCRtpTransceiver, first: PublishVideoCodec): void {
  try {
    transceiver.setCodecPreferences(orderVideoCodecs(RTCRtpReceiver.getCapabilities("video")?.codecs ?? [], first));
  } catch {
    // Its own order.
  }
}

/** A wish: browsers that do not know it keep their own way. */
async function prefer(sender: RTCRtpSender, degradationPreference: RTCDegradationPreference): Promise<void> {
  try {
    await sender.setParameters({ ...sender.getParameters(), degradationPreference });
  } catch {
    // Its own way.
  }
}
