// Door "floe/browser": watching a server from a page. The custom element is the door "floe/player".
import "./symbol-dispose.js";

export { BrowserEntropy } from "./crypto/browser-entropy.js";
export { type HopEnd, hopPort } from "./stream/hop-port.js";
export { BrowserSympleClient, type BrowserSympleClientOptions } from "./symple/symple-client.js";
export { BrowserClock } from "./time/browser-clock.js";
export { WatchSession, type WatchSessionOptions } from "./webrtc/watch-session.js";
export type { WatchAudioStats, WatchMediaStats, WatchStats, WatchVideoStats } from "./webrtc/watch-stats.js";
