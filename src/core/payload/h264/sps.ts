// The H.264 sequence parameter set (ITU-T H.264 7.3.2.1.1, VUI: E.1.1): what a stream says about itself.
import { encodeHex } from "../../bytes/hex.js";
import { WireError } from "../../error/floe-error.js";
import { NalType, nalType } from "./nal-unit.js";
import { RbspReader } from "./rbsp-reader.js";

/** What a sequence parameter set says, as far as anybody here asks. */
export type Sps = {
  /** seq_parameter_set_id, 0 to 31. */
  readonly id: number;
  /** 66 Baseline, 77 Main, 100 High, … */
  readonly profileIdc: number;
  /** constraint_set0_flag is the highest bit (0x80). */
  readonly constraintFlags: number;
  /** Ten times the level: 31 is 3.1. */
  readonly levelIdc: number;
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormatIdc: number;
  /** The larger of luma's and chroma's. */
  readonly bitDepth: number;
  /** Whether no picture is coded as fields. */
  readonly isProgressive: boolean;
  /** The shown picture in pixels: cropping is taken off. */
  readonly width: number;
  readonly height: number;
  /** Width of a pixel divided by its height; 1 when it is not told. */
  readonly pixelAspect: number;
  /** Most pictures that come before one that is shown earlier: 0 is "no B-frames". Undefined: it is not told. */
  readonly maxReorderFrames: number | undefined;
  /** max_dec_frame_buffering; undefined when it is not told. */
  readonly maxDecodedFrames: number | undefined;
};

/** Profiles whose SPS tells its chroma format (7.3.2.1.1). */
const WITH_CHROMA_FORMAT = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
/** Level 6.2 allows sqrt(8 * 139264) macroblocks on a side (A.3.1). */
const MAX_SIDE_MACROBLOCKS = 1055;
/** Table E-1, sample aspect ratios 1 to 16. */
const ASPECTS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_ASPECT = 255;

/** Parses one SPS NAL unit, header byte included, emulation prevention still in it. Throws WireError, nothing else. */
export function parseSps(nal: Uint8Array): Sps {
  if (nal.length === 0 || nalType(nal[0]) !== NalType.sps) {
    throw new WireError("h264/not-sps", "this NAL unit is no sequence parameter set");
  }
  const reader = new RbspReader(nal);
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  const id = reader.unsigned(31);
  const color = readColor(reader, profileIdc);
  reader.unsigned(12); // log2_max_frame_num_minus4
  const orderCountType = skipOrderCount(reader);
  reader.unsigned(16); // max_num_ref_frames
  reader.flag(); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader, color.chromaFormatIdc);
  const vui = reader.flag() ? readVui(reader) : undefined;
  return {
    id,
    profileIdc,
    constraintFlags,
    levelIdc,
    ...color,
    ...size,
    pixelAspect: vui?.pixelAspect ?? 1,
    maxReorderFrames: vui?.maxReorderFrames ?? impliedReorder({ profileIdc, constraintFlags, orderCountType }),
    maxDecodedFrames: vui?.maxDecodedFrames,
  };
}

/** The codec of an SPS NAL unit as WebCodecs and MIME types name it: `avc1.42e01f` (RFC 6381 3.3). */
export function h264CodecString(nal: Uint8Array): string {
  return `avc1.${encodeHex(nal.subarray(1, 4))}`;
}

/** The profile's name, as people say it; undefined for one that has none here (table A-1). */
export function profileName({
  profileIdc,
  constraintFlags,
}: Pick<Sps, "profileIdc" | "constraintFlags">): string | undefined {
  switch (profileIdc) {
    case 66:
      return (constraintFlags & 0x40) === 0 ? "Baseline" : "Constrained Baseline";
    case 77:
      return "Main";
    case 88:
      return "Extended";
    case 100:
      return "High";
    case 110:
      return "High 10";
    case 122:
      return "High 4:2:2";
    case 244:
      return "High 4:4:4";
    default:
      return undefined;
  }
}

/**
 * Baseline has no B slices, order type 2 is "output in decoding order" (8.2.1), and intra-only profiles (constraint set
 * 3) have nothing to reorder.
 */
function impliedReorder(sps: {
  readonly profileIdc: number;
  readonly constraintFlags: number;
  readonly orderCountType: number;
}): number | undefined {
  const isIntraOnly = (sps.constraintFlags & 0x10) !== 0 && sps.profileIdc >= 100;
  return sps.profileIdc === 66 || sps.orderCountType === 2 || isIntraOnly ? 0 : undefined;
}

function readColor(reader: RbspReader, profileIdc: number): Pick<Sps, "chromaFormatIdc" | "bitDepth"> {
  if (!WITH_CHROMA_FORMAT.has(profileIdc)) {
    return { chromaFormatIdc: 1, bitDepth: 8 };
  }
  const chromaFormatIdc = reader.unsigned(3);
  if (chromaFormatIdc === 3) {
    reader.flag(); // separate_colour_plane_flag
  }
  const bitDepth = 8 + Math.max(reader.unsigned(6), reader.unsigned(6));
  reader.flag(); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    for (let list = 0; list < (chromaFormatIdc === 3 ? 12 : 8); list++) {
      if (reader.flag()) {
        skipScalingList(reader, list < 6 ? 16 : 64);
      }
    }
  }
  return { chromaFormatIdc, bitDepth };
}

/** 7.3.2.1.1.1. */
function skipScalingList(reader: RbspReader, length: number): void {
  let scale = 8;
  for (let i = 0; i < length && scale !== 0; i++) {
    scale = (scale + reader.signed() + 256) % 256;
  }
}

/** Answers pic_order_cnt_type. */
function skipOrderCount(reader: RbspReader): number {
  const type = reader.unsigned(2);
  if (type === 0) {
    reader.unsigned(12); // log2_max_pic_order_cnt_lsb_minus4
  } else if (type === 1) {
    reader.flag(); // delta_pic_order_always_zero_flag
    reader.signed(); // offset_for_non_ref_pic
    reader.signed(); // offset_for_top_to_bottom_field
    for (let left = reader.unsigned(255); left > 0; left--) {
      reader.signed(); // offset_for_ref_frame
    }
  }
  return type;
}

/** 7.4.2.1.1: whole macroblocks, less the crop rectangle, which counts in chroma samples and, for fields, line pairs. */
function readSize(reader: RbspReader, chromaFormatIdc: number): Pick<Sps, "width" | "height" | "isProgressive"> {
  const widthMacroblocks = reader.unsigned(MAX_SIDE_MACROBLOCKS - 1) + 1;
  const heightUnits = reader.unsigned(MAX_SIDE_MACROBLOCKS - 1) + 1;
  const isProgressive = reader.flag();
  if (!isProgressive) {
    reader.flag(); // mb_adaptive_frame_field_flag
  }
  reader.flag(); // direct_8x8_inference_flag
  const fieldFactor = isProgressive ? 1 : 2;
  let width = widthMacroblocks * 16;
  let height = heightUnits * 16 * fieldFactor;
  if (reader.flag()) {
    const unitX = chromaFormatIdc === 1 || chromaFormatIdc === 2 ? 2 : 1;
    const unitY = (chromaFormatIdc === 1 ? 2 : 1) * fieldFactor;
    width -= (reader.unsigned(width) + reader.unsigned(width)) * unitX;
    height -= (reader.unsigned(height) + reader.unsigned(height)) * unitY;
  }
  if (width <= 0 || height <= 0) {
    throw new WireError("h264/range", "nothing of the picture is left after cropping");
  }
  return { width, height, isProgressive };
}

type Vui = {
  readonly pixelAspect: number;
  readonly maxReorderFrames: number | undefined;
  readonly maxDecodedFrames: number | undefined;
};

/** E.1.1. */
function readVui(reader: RbspReader): Vui {
  const pixelAspect = reader.flag() ? readAspect(reader) : 1;
  if (reader.flag()) {
    reader.flag(); // overscan_appropriate_flag
  }
  if (reader.flag()) {
    reader.bits(4); // video_format, video_full_range_flag
    if (reader.flag()) {
      reader.bits(24); // colour_primaries, transfer_characteristics, matrix_coefficients
    }
  }
  if (reader.flag()) {
    reader.unsigned(5); // chroma_sample_loc_type_top_field
    reader.unsigned(5); // chroma_sample_loc_type_bottom_field
  }
  if (reader.flag()) {
    reader.bits(32); // num_units_in_tick
    reader.bits(32); // time_scale
    reader.flag(); // fixed_frame_rate_flag
  }
  const hasNalHrd = reader.flag();
  if (hasNalHrd) {
    skipHrd(reader);
  }
  const hasVclHrd = reader.flag();
  if (hasVclHrd) {
    skipHrd(reader);
  }
  if (hasNalHrd || hasVclHrd) {
    reader.flag(); // low_delay_hrd_flag
  }
  reader.flag(); // pic_struct_present_flag
  if (!reader.flag()) {
    return { pixelAspect, maxReorderFrames: undefined, maxDecodedFrames: undefined };
  }
  reader.flag(); // motion_vectors_over_pic_boundaries_flag
  reader.unsigned(16); // max_bytes_per_pic_denom
  reader.unsigned(16); // max_bits_per_mb_denom
  reader.unsigned(32); // log2_max_mv_length_horizontal
  reader.unsigned(32); // log2_max_mv_length_vertical
  return { pixelAspect, maxReorderFrames: reader.unsigned(16), maxDecodedFrames: reader.unsigned(16) };
}

function readAspect(reader: RbspReader): number {
  const index = reader.bits(8);
  const [width, height] =
    index === EXTENDED_ASPECT ? [reader.bits(16), reader.bits(16)] : (ASPECTS[index - 1] ?? [1, 1]);
  return width > 0 && height > 0 ? width / height : 1;
}

/** E.1.2. */
function skipHrd(reader: RbspReader): void {
  const count = reader.unsigned(31) + 1;
  reader.bits(8); // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < count; i++) {
    reader.unsigned(0xffff_fffe); // bit_rate_value_minus1
    reader.unsigned(0xffff_fffe); // cpb_size_value_minus1
    reader.flag(); // cbr_flag
  }
  reader.bits(20); // four lengths of 5 bits
}
