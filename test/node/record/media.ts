// Encoded media for the tests of recordings: the examples' recordings, round and round.
import { readFileSync } from "node:fs";
import { PlainEncodedAudio, PlainEncodedVideo } from "../../../src/core/stream/encoded-packet.js";

type Unit = { kind: string; timeUs: number; durationUs: number; isKey: boolean; data: string };

function unitsOf(name: string, kind: string): readonly Unit[] {
  const url = new URL(`../../../examples/recordings/${name}.json`, import.meta.url);
  const { units } = JSON.parse(readFileSync(url, "utf8")) as { units: readonly Unit[] };
  return units.filter((unit) => unit.kind === kind);
}

const bytesOf = ({ data }: Unit): Uint8Array => Uint8Array.from(Buffer.from(data, "base64"));

/** Pictures of a recording, one each 66.667 ms: the clip again and again. */
export function* pictures(name: "resize" | "h264-opus"): Generator<PlainEncodedVideo> {
  const units = unitsOf(name, "video");
  for (let i = 0; ; i++) {
    const unit = units[i % units.length];
    yield new PlainEncodedVideo({
      codec: "h264",
      data: bytesOf(unit),
      isKey: unit.isKey,
      timeUs: Math.round((i * 1_000_000) / 15),
      durationUs: 66_667,
    });
  }
}

/** Sound, 20 ms each. */
export function* sounds(): Generator<PlainEncodedAudio> {
  const units = unitsOf("opus", "audio");
  for (let i = 0; ; i++) {
    yield new PlainEncodedAudio({
      codec: "opus",
      data: bytesOf(units[i % units.length]),
      timeUs: i * 20_000,
      durationUs: 20_000,
    });
  }
}

/** Both, by time, up to `endUs`. */
export function* media(name: "resize" | "h264-opus", endUs: number): Generator<PlainEncodedVideo | PlainEncodedAudio> {
  const video = pictures(name);
  const audio = sounds();
  let picture = video.next().value as PlainEncodedVideo;
  let sound = audio.next().value as PlainEncodedAudio;
  while (Math.min(picture.timeUs, sound.timeUs) < endUs) {
    if (sound.timeUs <= picture.timeUs) {
      yield sound;
      sound = audio.next().value as PlainEncodedAudio;
    } else {
      yield picture;
      picture = video.next().value as PlainEncodedVideo;
    }
  }
}

/** Whether a packet is a picture. */
export function isPicture(packet: PlainEncodedVideo | PlainEncodedAudio): packet is PlainEncodedVideo {
  return packet instanceof PlainEncodedVideo;
}

/** The same packet at another time. */
export function moved<P extends PlainEncodedVideo | PlainEncodedAudio>(packet: P, timeUs: number): P {
  const init = { ...packet, timeUs };
  return (isPicture(packet) ? new PlainEncodedVideo(init as never) : new PlainEncodedAudio(init as never)) as P;
}
