// The memory of one stream: an arena with the packet rings of video and sound, the kernels on it, and the header
// extension blocks that viewers share. It outlives the source's openings, because an arena never frees.
import { Arena, type Region } from "../../../../core/kernel/arena.js";
import type { Kernels } from "../../../../core/kernel/kernel.js";
import { loadKernels } from "../../../../core/kernel/load-kernels.js";
import { RtpStamper } from "../../../../core/kernel/rtp-stamp.js";
import { SLOT_BYTES, SlotRing } from "../../../../core/kernel/slot-ring.js";
import { H264Packetizer } from "../../../../core/payload/h264/h264-packetizer.js";
import { type HeaderExtensionElement, headerExtensionBlock } from "../../../../core/rtp/header-extension.js";

/** What is kept of video that comes as it comes: a group of pictures of 10 s at 8 Mb/s, and half as much again. */
export const PASSTHROUGH_CACHE_PACKETS = 16_384;
/** Packets of video that the ring holds at least, and how long it should hold them. */
const MIN_VIDEO_SLOTS = 2048;
const MAX_VIDEO_SLOTS = 16_384;
const HOLD_SECONDS = 8;
const PAYLOAD_BYTES = 1200;
/** 10 s of Opus in frames of 20 ms. */
const AUDIO_SLOTS = 512;
const MAX_ACCESS_UNIT_BYTES = 2 * 1024 * 1024;
/** Ids of extensions are 1..14, so few different blocks can ever be asked for. */
const MAX_EXTENSION_BLOCKS = 64;
const EXTENSION_BLOCK_BYTES = 64;
/** Scratch of packetizer and stamper, descriptors, alignment. */
const SPARE_BYTES = 512 * 1024;

/** Everything of a stream that lies in WebAssembly memory. */
export class StreamMemory {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly stamper: RtpStamper;
  readonly videoSlots: SlotRing;
  readonly audioSlots: SlotRing;
  readonly packetizer: H264Packetizer;
  readonly #blocks = new Map<string, Region>();

  private constructor(arena: Arena, kernels: Kernels, videoSlotCount: number) {
    this.arena = arena;
    this.kernels = kernels;
    this.stamper = new RtpStamper({ kernels, arena });
    this.videoSlots = new SlotRing(arena, { name: "video", slotCount: videoSlotCount });
    this.audioSlots = new SlotRing(arena, { name: "audio", slotCount: AUDIO_SLOTS });
    this.packetizer = new H264Packetizer({
      kernels,
      arena,
      ring: this.videoSlots,
      maxPayloadBytes: PAYLOAD_BYTES,
      maxAccessUnitBytes: MAX_ACCESS_UNIT_BYTES,
    });
  }

  /**
   * Makes the memory for a stream of about this bitrate: the ring holds some 8 s of it, within its bounds, or
   * `cachePackets` (a power of two). Each packet takes 2064 bytes, touched when the ring first gets there.
   */
  static async create(
    videoBitrateBps: number,
    { cachePackets }: { readonly cachePackets?: number | undefined } = {},
  ): Promise<StreamMemory> {
    const wanted = (videoBitrateBps / 8 / PAYLOAD_BYTES) * HOLD_SECONDS;
    const videoSlots =
      cachePackets ?? Math.min(MAX_VIDEO_SLOTS, Math.max(MIN_VIDEO_SLOTS, 2 ** Math.ceil(Math.log2(wanted))));
    const sizeBytes =
      (videoSlots + AUDIO_SLOTS) * (SLOT_BYTES + 16) +
      MAX_ACCESS_UNIT_BYTES +
      MAX_EXTENSION_BLOCKS * EXTENSION_BLOCK_BYTES +
      SPARE_BYTES;
    const arena = Arena.create({ sizeBytes });
    return new StreamMemory(arena, await loadKernels(arena), videoSlots);
  }

  /** The block of these elements, written once however many viewers use it; undefined for none. */
  extensionBlock(elements: readonly HeaderExtensionElement[]): Region | undefined {
    const bytes = headerExtensionBlock(elements);
    if (bytes.length === 0 || bytes.length > EXTENSION_BLOCK_BYTES) {
      return undefined;
    }
    const key = bytes.join();
    let region = this.#blocks.get(key);
    if (region === undefined && this.#blocks.size < MAX_EXTENSION_BLOCKS) {
      region = this.arena.reserve(`header extension ${this.#blocks.size}`, bytes.length);
      this.arena.bytesOf(region).set(bytes);
      this.#blocks.set(key, region);
    }
    return region;
  }
}
