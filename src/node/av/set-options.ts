// FFmpeg's private options by name. Set one by one on the context, never through a Dictionary: node-av's synchronous
// open consumes the dictionary it is given, and freeing it afterwards ends the process.
import type { CodecContext, FormatContext, SoftwareScaleContext } from "node-av/lib";
import { checkAv } from "./av-error.js";
import { requireNodeAv } from "./load-node-av.js";

/** Sets options of a context that is not open yet. Throws FloeError `av/failed` for a name or value that FFmpeg refuses. */
export function setAvOptions(
  context: CodecContext | FormatContext | SoftwareScaleContext,
  options: Readonly<Record<string, string>>,
): void {
  const { AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN } = requireNodeAv();
  for (const [name, value] of Object.entries(options)) {
    checkAv(context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN), `setting ${name}=${value}`);
  }
}
