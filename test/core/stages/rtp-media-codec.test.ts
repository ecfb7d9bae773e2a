import { expect, test } from "vitest";
import {
  PlainRtpAudio,
  PlainRtpVideo,
  type RtpAudioPacket,
  type RtpVideoPacket,
} from "../../../src/core/stages/rtp-media.js";
import { rtpAudioCodec, rtpVideoCodec } from "../../../src/core/stages/rtp-media-codec.js";
import { hopContract } from "../../../src/core/stream/hop/hop-contract.js";
import { serveHop } from "../../../src/core/stream/hop/serve-hop.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { PairedPort } from "../../sim/hop-pair.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { until } from "../stream/hop/kit.js";

type Rtp = RtpVideoPacket | RtpAudioPacket;

function factsOf({ kind, medium, timeUs, flags, data }: Rtp): object {
  return { kind: kind.name, medium, timeUs, flags, data: [...data] };
}

test.each(
  typeof SharedArrayBuffer === "undefined" ? [false] : [true, false],
)("RTP packets cross a hop and come home with kind, time, flags and bytes (shared memory: %s)", async (canShare) => {
  const way = { kinds: [rtpVideoCodec, rtpAudioCodec], capacity: 8, whenFull: "block" } as const;
  const contract = hopContract({ to: way, back: way });
  const clock = new ManualClock();
  const [near, far] = PairedPort.pair(clock, { canShare });
  const got: object[] = [];
  const stream = new PacketStream<Rtp>({ name: "s", clock })
    .hop(near, contract)
    .to((packet) => void got.push(factsOf(packet)));
  const half = serveHop(far, contract, (input) => input);
  await stream.start();
  const sent = [
    new PlainRtpVideo({ data: new Uint8Array([0x80, 96, 0, 1, 2]), timeUs: 33_000, flags: 1 }),
    new PlainRtpAudio({ data: new Uint8Array([0x80, 111, 0, 7]), timeUs: 20_000 }),
  ];
  for (const packet of sent) {
    stream.write(packet);
  }
  await until(() => got.length === 2);
  expect(got).toEqual(sent.map(factsOf));
  await stream.close();
  await half.closed;
});
