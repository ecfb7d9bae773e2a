// One encoded video track and its viewers on a manual clock, with what each viewer's transport was given.
import { Arena } from "../../src/core/kernel/arena.js";
import { loadKernels } from "../../src/core/kernel/load-kernels.js";
import { RtpStamper } from "../../src/core/kernel/rtp-stamp.js";
import { SlotRing } from "../../src/core/kernel/slot-ring.js";
import { H264Packetizer } from "../../src/core/payload/h264/h264-packetizer.js";
import { H264PayloadWriter } from "../../src/core/payload/h264/h264-payload-writer.js";
import { EncodedTrack } from "../../src/core/rtp/encoded-track.js";
import { MediaAnchor } from "../../src/core/rtp/media-anchor.js";
import { PacketRing } from "../../src/core/rtp/packet-ring.js";
import { parseRtcp } from "../../src/core/rtp/rtcp/rtcp-parse.js";
import { isRtcp } from "../../src/core/rtp/rtp-packet.js";
import { RtpSender } from "../../src/core/rtp/rtp-sender.js";
import { PeerLiveness } from "../../src/core/webrtc/peer-liveness.js";
import { TrackSender } from "../../src/core/webrtc/track-sender.js";
import { accessUnit } from "./access-unit.js";

export type TrackBenchOptions = { slotCount?: number; canForceKeyFrame?: boolean; forceTwins?: boolean };

/** A viewer: its sender, and copies of what was sent. */
export type BenchViewer = {
  readonly sender: TrackSender;
  readonly rtp: RtpSender;
  readonly liveness: PeerLiveness;
  readonly packets: Uint8Array[];
  readonly rtcp: Uint8Array[];
  /** Decides for each packet whether the transport takes it to the other side. */
  onPacket: (packet: Uint8Array) => void;
};

export async function trackBench({
  slotCount = 256,
  canForceKeyFrame = true,
  forceTwins = false,
}: TrackBenchOptions = {}) {
  const arena = Arena.create({ sizeBytes: 4 * 1024 * 1024 });
  const kernels = await loadKernels(arena, { forceTwins });
  const slots = new SlotRing(arena, { name: "video", slotCount });
  const packetizer = new H264Packetizer({ kernels, arena, ring: slots });
  const ring = new PacketRing(slots);
  const anchor = new MediaAnchor();
  const stamper = new RtpStamper({ kernels, arena });
  const wishes = { forced: 0 };
  const track = new EncodedTrack({
    kind: "video",
    encodingName: "H264",
    clockRateHz: 90_000,
    ring,
    writer: new H264PayloadWriter(packetizer),
    anchor,
    forceKeyFrame: canForceKeyFrame
      ? () => {
          wishes.forced++;
        }
      : undefined,
  });
  const time = { nowUs: 1_000_000, frame: 0 };
  const viewers: BenchViewer[] = [];

  function tickAll(untilUs: number): void {
    for (;;) {
      const due = viewers
        .map((viewer) => viewer.sender.deadlineUs)
        .concat(track.keyFrames.deadlineUs)
        .filter((at): at is number => at !== undefined && at <= untilUs)
        .sort((a, b) => a - b)[0];
      if (due === undefined) {
        break;
      }
      time.nowUs = Math.max(time.nowUs, due);
      track.keyFrames.tick(time.nowUs);
      for (const viewer of viewers) {
        viewer.sender.tick(time.nowUs);
      }
    }
    time.nowUs = Math.max(time.nowUs, untilUs);
  }

  return {
    arena,
    kernels,
    track,
    ring,
    wishes,
    time,
    /** Lets time pass, with whatever is due in it. */
    advance: (durationUs: number): void => tickAll(time.nowUs + durationUs),
    /** Encodes the next frame; a forced key frame is made when one was asked for. */
    frame({
      isKey = wishes.forced > 0,
      pictureBytes = 3000,
    }: {
      isKey?: boolean;
      pictureBytes?: number;
    } = {}): Uint8Array {
      const unit = accessUnit({ isKey, pictureBytes, seed: time.frame + 1 });
      wishes.forced = 0;
      track.write(unit, Math.round((time.frame++ * 1_000_000) / 30), time.nowUs);
      for (const viewer of viewers) {
        viewer.sender.frameWritten(time.nowUs);
      }
      return unit;
    },
    viewer(ssrc = 1000 + viewers.length, firstSequenceNumber = 65_500): BenchViewer {
      const packets: Uint8Array[] = [];
      const rtcp: Uint8Array[] = [];
      const send = (packet: Uint8Array): boolean => {
        const copy = packet.slice();
        (isRtcp(copy) ? rtcp : packets).push(copy);
        viewer.onPacket(copy);
        return true;
      };
      const liveness = new PeerLiveness();
      const rtp = new RtpSender({ ring, stamper, send, ssrc, payloadType: 102, firstSequenceNumber });
      const sender = new TrackSender({
        kind: "video",
        ring,
        rtp,
        anchor,
        sendRtcp: send,
        clockRateHz: 90_000,
        timestampOffset: 0xfffff000,
        cname: "test",
        liveness,
        wallUs: () => 1_800_000_000_000_000 + time.nowUs,
        canForceKeyFrame: () => canForceKeyFrame,
      });
      sender.keyFrameWanted.on((nowUs) => track.keyFrames.request(nowUs));
      const viewer: BenchViewer = { sender, rtp, liveness, packets, rtcp, onPacket: () => {} };
      viewers.push(viewer);
      return viewer;
    },
    /** The viewer says something. */
    feedback(viewer: BenchViewer, bytes: Uint8Array): void {
      viewer.liveness.heard();
      for (const message of parseRtcp(bytes)) {
        viewer.sender.feedback(message, time.nowUs);
      }
      viewer.sender.peerHeard(time.nowUs);
    },
  };
}
