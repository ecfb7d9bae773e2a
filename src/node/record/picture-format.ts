// What a file has to say about its pictures, read from a key frame.
import { WireError } from "../../core/error/floe-error.js";
import { visitLeadingNalUnits } from "../../core/payload/h264/leading-nal-units.js";
import { ParameterSets } from "../../core/payload/h264/parameter-sets.js";
import { parseSps } from "../../core/payload/h264/sps.js";
import type { EncodedVideoPacket } from "../../core/stream/media-packet.js";
import type { MuxedVideo } from "./muxed-tracks.js";

/** What the key frame tells; undefined when it cannot be begun with. */
export function pictureFormat(packet: EncodedVideoPacket): MuxedVideo | undefined {
  return packet.codec === "h264" ? h264Format(packet) : packet.codec === "vp8" ? vp8Format(packet.data) : undefined;
}

function h264Format({ data, parameterSets }: EncodedVideoPacket): MuxedVideo | undefined {
  const sets = new ParameterSets();
  for (const unit of parameterSets === undefined ? [data] : [parameterSets, data]) {
    visitLeadingNalUnits(unit, (nal) => void sets.remember(nal));
  }
  const sps = sets.newestSps;
  if (sps === undefined || !sets.isComplete) {
    return undefined;
  }
  try {
    const { width, height } = parseSps(sps);
    return { codec: "h264", width, height, parameterSets: sets.annexB };
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}

/** RFC 6386 9.1: three bytes of frame tag, a start code, and the size with its scale in the upper two bits. */
function vp8Format(data: Uint8Array): MuxedVideo | undefined {
  const isKey = data.length >= 10 && (data[0] & 1) === 0 && data[3] === 0x9d && data[4] === 0x01 && data[5] === 0x2a;
  if (!isKey) {
    return undefined;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { codec: "vp8", width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
}

/** The picture as a file takes it: parameter sets that the packet carries beside its data stand in front of them. */
export function wholePicture({ data, parameterSets, isKey }: EncodedVideoPacket): Uint8Array {
  if (!isKey || parameterSets === undefined) {
    return data;
  }
  const whole = new Uint8Array(parameterSets.byteLength + data.byteLength);
  whole.set(parameterSets);
  whole.set(data, parameterSets.byteLength);
  return whole;
}
