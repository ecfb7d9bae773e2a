// Turns pictures by quarter turns, on FFmpeg's threads: libavfilter's transpose and flips.
import type { FilterContext, FilterGraph, Frame } from "node-av/lib";
import type { PixelSize } from "../../core/media/fit-inside.js";
import { checkAv } from "./av-error.js";
import { allocateFrame, contextClosed, contextOpened, freeFrame } from "./live-handles.js";
import { requireNodeAv } from "./load-node-av.js";
import type { Rotation } from "./rotation.js";

/** What one graph turns: pictures in 4:2:0 of one size, by one angle. */
type Shape = PixelSize & { readonly rotation: Rotation };

const FILTERS: Readonly<Record<Rotation, string>> = {
  0: "null",
  90: "transpose=dir=clock",
  180: "hflip,vflip",
  270: "transpose=dir=cclock",
};

/** Turns one picture after another. Calls must not overlap. */
export class PictureTurner {
  #graph: FilterGraph | undefined;
  #source: FilterContext | undefined;
  #sink: FilterContext | undefined;
  #key = "";

  /** A new frame that shows `frame` turned clockwise; the caller frees both. Throws FloeError `av/failed`. */
  async turn(frame: Frame, rotation: Rotation): Promise<Frame> {
    const { source, sink } = this.#graphFor({ width: frame.width, height: frame.height, rotation });
    const { AV_BUFFERSRC_FLAG_KEEP_REF } = requireNodeAv();
    frame.pts = 0n;
    checkAv(await source.buffersrcAddFrame(frame, AV_BUFFERSRC_FLAG_KEEP_REF), "turning a picture");
    const turned = allocateFrame();
    const got = await sink.buffersinkGetFrame(turned);
    if (got < 0) {
      freeFrame(turned);
      checkAv(got, "turning a picture");
    }
    return turned;
  }

  /** Frees the filters. */
  close(): void {
    if (this.#graph !== undefined) {
      contextClosed();
      this.#graph.free();
      this.#graph = undefined;
      this.#key = "";
    }
  }

  #graphFor({ width, height, rotation }: Shape): { readonly source: FilterContext; readonly sink: FilterContext } {
    const key = `${width}x${height}/${rotation}`;
    if (this.#key !== key) {
      this.close();
      this.#open({ width, height, rotation });
      this.#key = key;
    }
    return { source: this.#source as FilterContext, sink: this.#sink as FilterContext };
  }

  #open({ width, height, rotation }: Shape): void {
    const av = requireNodeAv();
    const graph = new av.FilterGraph();
    graph.alloc();
    contextOpened();
    this.#graph = graph;
    graph.nbThreads = 1;
    const args = `video_size=${width}x${height}:pix_fmt=${av.AV_PIX_FMT_YUV420P}:time_base=1/1000:pixel_aspect=1/1`;
    // libavfilter's words for "build this chain and name its ends".
    const code = graph.parse2(`buffer@in=${args},${FILTERS[rotation]},buffersink@out`);
    checkAv(code, "setting up a turn");
    checkAv(graph.configSync(), "setting up a turn");
    const ends = graph.filters ?? [];
    this.#source = ends.find((filter) => filter.isSource());
    this.#sink = ends.find((filter) => filter.isSink());
  }
}
