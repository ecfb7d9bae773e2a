// What a publishing call sends: the tracks it was given, each on a section of its own that receives nothing.
import type { CallMedia } from "./call-connection.js";
import { withStartBitrate } from "./start-bitrate.js";
import { withStereo } from "./stereo-offer.js";
import { orderVideoCodecs, type PublishVideoCodec } from "./video-codecs.js";

/** Enough for a picture at once, and no flood where the path is narrow. */
const START_BITRATE_BPS = 1_000_000;

const MUSIC_BITRATE_BPS = 128_000;

/** How picture and sound are encoded. */
export type PublishMediaOptions = {
  /**
   * What the picture shows, for a track that does not say it yet (`MediaStreamTrack.contentHint`). Left out, browsers take
   * cameras for "motion" and shared screens for "detail", which is right for most. "detail" and "text" are for pages and
   * documents that come as a camera or a canvas: Chromium then drops frames for sharpness, and stops getting better at a
   * quality that a face does not deserve.
   */
  readonly contentHint?: "motion" | "detail" | "text";
  /**
   * What gives when the network or the machine cannot keep up: "maintain-resolution" (default) sends the full size from the
   * first frame on and fewer frames of it, so that a recording keeps one size; "maintain-framerate" sends smaller frames;
   * "balanced" some of both. Much motion over a narrow network is better off with one of these.
   */
  readonly degradation?: RTCDegradationPreference;
  /** Offered first; "h264" by default. The other side's answer decides. */
  readonly videoCodec?: PublishVideoCodec;
  /** Most bits per second of the picture; the browser's own limit (about 2.5 Mbit/s at 720p) when left out. */
  readonly maxBitrateBps?: number;
  /** What the picture begins with, in bits per second, unless the other side says so; 1000000. */
  readonly startBitrateBps?: number;
  /** Most frames per second; as many as come when left out. */
  readonly maxFps?: number;
  /** Sound in stereo and at 128 kbit/s, for music; off by default: one channel at a rate for speech. */
  readonly isMusic?: boolean;
};

/** The sending half of one connection. */
export class PublishMedia implements CallMedia {
  readonly ready: Promise<void>;
  readonly #options: PublishMediaOptions;
  readonly #senders = new Map<string, RTCRtpSender>();

  constructor(peer: RTCPeerConnection, tracks: readonly MediaStreamTrack[], options: PublishMediaOptions) {
    this.#options = options;
    // The same for both: whoever plays them keeps lips in sync.
    const streams = [new MediaStream()];
    for (const track of tracks) {
      const isVideo = track.kind === "video";
      const transceiver = peer.addTransceiver(track, {
        direction: "sendonly",
        streams,
        sendEncodings: [isVideo ? videoEncoding(options) : audioEncoding(options)],
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

  /** What only the receiving side can ask of a browser, we ask in its name. */
  shapeAnswer(sdp: string): string {
    const { startBitrateBps = START_BITRATE_BPS, isMusic = false } = this.#options;
    const answer = withStartBitrate(sdp, startBitrateBps);
    // One channel of sound is encoded unless the receiver asks for two (RFC 7587 6.1).
    return isMusic ? withStereo(answer) : answer;
  }

  /** Sends another track of the same kind from now on. Rejects with what the browser says. */
  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#senders.get(track.kind)?.replaceTrack(track);
  }
}

function videoEncoding({ maxBitrateBps, maxFps }: PublishMediaOptions): RTCRtpEncodingParameters {
  return {
    ...(maxBitrateBps === undefined ? {} : { maxBitrate: maxBitrateBps }),
    ...(maxFps === undefined ? {} : { maxFramerate: maxFps }),
  };
}

function audioEncoding({ isMusic = false }: PublishMediaOptions): RTCRtpEncodingParameters {
  return isMusic ? { maxBitrate: MUSIC_BITRATE_BPS } : {};
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
