// The H.264 parameter sets that an offer brings beside the stream (sprop-parameter-sets, RFC 6184 8.1): some senders never send them
// in the stream itself.
import { decodeBase64 } from "../bytes/base64.js";
import { WireError } from "../error/floe-error.js";
import { parseFormatParameters } from "../sdp/format-parameters.js";
import type { MediaDescription } from "../sdp/session-description.js";

/** An honest offer has two. */
const MAX_SETS = 16;

/** NAL units, header byte included, at most 16 of them; what is not base64 is left out. */
export function offeredParameterSets(
  { formatParameters }: Pick<MediaDescription, "formatParameters">,
  payloadType: number,
): Uint8Array[] {
  const line = formatParameters.find(({ format }) => format === String(payloadType));
  const sets = parseFormatParameters(line?.parameters ?? "").get("sprop-parameter-sets") ?? "";
  return sets.split(",", MAX_SETS).flatMap((text) => {
    const nalUnit = decoded(text.trim());
    return nalUnit === undefined || nalUnit.length === 0 ? [] : [nalUnit];
  });
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    if (error instanceof WireError) {
      return undefined;
    }
    throw error;
  }
}
