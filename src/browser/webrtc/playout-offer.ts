// Pictures that wait for their sound: a sender that may say how long a picture is held (the playout-delay extension) says
// "not at all" for low latency, and a browser that is told so cannot delay pictures until their sound is heard.
import { HEADER_EXTENSION_URI } from "../../core/rtp/header-extension.js";

/** The offer without the playout-delay extension: how long pictures are held is then the browser's to choose. */
export function withoutPlayoutDelay(offerSdp: string): string {
  return offerSdp
    .split("\r\n")
    .filter((line) => !(line.startsWith("a=extmap:") && line.includes(HEADER_EXTENSION_URI.playoutDelay)))
    .join("\r\n");
}
