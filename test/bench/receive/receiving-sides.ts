// The receiving halves that are compared: both get datagrams, follow the numbers, answer with RTCP, and hand on payloads of which
// one byte is looked at.
import { Arena, loadKernels, MediaClock, RtpIntake, type RtpReceiver } from "floe";
import { RTCRtpReceiver, RtcpPacketConverter, RtpPacket, RtpRouter } from "werift";
import { type Burst, MEDIA, RTX } from "./capture.js";

/** One side. */
export type ReceivingSide = {
  readonly name: string;
  /** Takes what came; `baseUs` is added to the times of the bursts. */
  take(bursts: readonly Burst[], baseUs: number): void;
  /** Packets handed on so far. */
  readonly handed: () => number;
  /** Ends timers. */
  close(): void;
};

/** Ours: bursts as they came, or a datagram a call. */
export async function ourSide(
  calls: "bursts" | "datagrams",
): Promise<ReceivingSide & { readonly receiver: RtpReceiver }> {
  const arena = Arena.create({ sizeBytes: 8 * 1024 * 1024 });
  const intake = new RtpIntake({ kernels: await loadKernels(arena), arena });
  let handed = 0;
  let sum = 0;
  const receiver = intake.open({
    clockRateHz: 90_000,
    payloadTypes: [MEDIA.payloadType],
    ssrc: MEDIA.ssrc,
    rtx: RTX,
    localSsrc: 1,
    cname: "bench",
    clock: new MediaClock(),
    estimate: {},
    sendRtcp: () => true,
    packet: (packet) => {
      handed++;
      sum = (sum + packet.payload[0]) & 0xffff;
    },
  });
  const one: Uint8Array[] = [new Uint8Array()];
  return {
    name: "floe",
    receiver,
    handed: () => handed,
    close: () => {},
    take: (bursts, baseUs) => {
      for (const { atUs, datagrams } of bursts) {
        if (calls === "bursts") {
          intake.receive(datagrams, baseUs + atUs);
          continue;
        }
        for (const datagram of datagrams) {
          one[0] = datagram;
          intake.receive(one, baseUs + atUs);
        }
      }
    },
  };
}

/** werift's: what its transport does with a datagram behind SRTP. It hands on in order of arrival. */
export function weriftSide(): ReceivingSide {
  const codecs = [
    { mimeType: "video/VP8", payloadType: MEDIA.payloadType, parameters: "", name: "VP8" },
    { mimeType: "video/rtx", payloadType: RTX.payloadType, parameters: `apt=${MEDIA.payloadType}`, name: "rtx" },
  ].map((codec) => ({ ...codec, clockRate: 90_000, rtcpFeedback: [{ type: "nack" }], contentType: "video" }));
  const receiver = new RTCRtpReceiver({ debug: {} } as never, "video", 1);
  receiver.setDtlsTransport({ id: "bench", sendRtcp: async () => {} } as never);
  receiver.prepareReceive({ codecs, encodings: [{ ssrc: MEDIA.ssrc, rtx: { ssrc: RTX.ssrc } }] } as never);
  const { track } = receiver;
  track.ssrc = MEDIA.ssrc;
  receiver.addTrack(track);
  const router = new RtpRouter();
  router.ssrcTable = { [MEDIA.ssrc]: receiver, [RTX.ssrc]: receiver };
  let handed = 0;
  let sum = 0;
  track.onReceiveRtp.subscribe(({ payload }) => {
    handed++;
    sum = (sum + payload[0]) & 0xffff;
  });
  return {
    name: "werift RtpRouter and RTCRtpReceiver",
    handed: () => handed,
    close: () => receiver.stop(),
    take: (bursts) => {
      for (const { datagrams } of bursts) {
        for (const { buffer, byteLength } of datagrams) {
          const bytes = Buffer.from(buffer, 0, byteLength);
          if (bytes[1] === 200) {
            for (const packet of RtcpPacketConverter.deSerialize(bytes)) {
              router.routeRtcp(packet);
            }
          } else {
            router.routeRtp(RtpPacket.deSerialize(bytes));
          }
        }
      }
    },
  };
}
