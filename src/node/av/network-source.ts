// A camera or a stream on the network as a source: rtsp, rtsps, rtmp, srt, http and what else FFmpeg opens by URL. It is
// knocked at without a thread, opened and read through FFmpeg, and opened again for as long as somebody watches.
import type { Logger } from "../../core/diagnosis/logger.js";
import type { Clock } from "../../core/time/clock.js";
import { milliseconds } from "../../core/time/units.js";
import { LiveAvSource } from "./live-av-source.js";
import type { LiveOpener } from "./live-connection.js";
import { LiveInput } from "./live-input.js";
import { disconnected, lost, noVideo, openError, timedOut, unsupportedCodec, wentSilent } from "./network-errors.js";
import { knock } from "./network-knock.js";
import { describeNetworkUrl, type NetworkUrl } from "./network-url.js";
import type { PassthroughOptions } from "./passthrough-plan.js";
import { readGuard } from "./read-guard.js";

/** Options of a network source. */
export type NetworkSourceOptions = PassthroughOptions & {
  /** With credentials, if need be; they are never printed. */
  readonly url: string;
  /** How RTSP cameras send their media. Default `tcp`. */
  readonly rtspTransport?: "tcp" | "udp";
  /** How long an answer, or the next packet, is waited for. Default 15 s. */
  readonly timeoutMs?: number;
  /** Whether a recording begins again at its end. */
  readonly loop: boolean;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** Gives up while it is being opened: `open` rejects with its reason. */
  readonly signal?: AbortSignal;
};

/** A knock at somebody who was silent: the next one comes soon, so this one need not wait long. */
const KNOCK_MS = 2000;

/**
 * Opens it. Throws FloeError `source/refused`, `source/timeout`, `source/unreachable`, `source/auth`, `source/not-found`,
 * `source/unreadable`, `source/no-video`, `source/unsupported-codec`, `source/unsupported` or `av/not-installed`.
 * Once it is open it never fails for being gone: `health` tells.
 */
export function openNetworkSource(options: NetworkSourceOptions): Promise<LiveAvSource> {
  const { url, rtspTransport = "tcp", timeoutMs = 15_000 } = options;
  const target = describeNetworkUrl(url, { rtspTransport, timeoutUs: milliseconds(timeoutMs) });
  return LiveAvSource.open({ ...options, opener: networkOpener(target, { ...options, timeoutMs }) });
}

function networkOpener(
  target: NetworkUrl,
  { timeoutMs, clock, logger }: NetworkSourceOptions & { readonly timeoutMs: number },
): LiveOpener {
  const { name } = target;
  const knockAt = async (waitMs: number, signal: AbortSignal): Promise<void> => {
    if (target.knock !== undefined) {
      await knock(target.knock, { name, timeoutMs: waitMs, signal });
    }
  };
  return {
    name,
    arrival: target.arrival,
    knock: (signal) =>
      knockAt(Math.min(timeoutMs, KNOCK_MS), signal).then(
        () => true,
        () => false,
      ),
    open: async (signal) => {
      await knockAt(timeoutMs, signal);
      using _turn = await readGuard.turn(signal);
      return await LiveInput.open({
        url: target.url,
        options: target.options,
        timeoutMs,
        clock,
        logger,
        signal,
        openFailed: (code) => (code === "timeout" ? timedOut(name, timeoutMs) : openError(name, code, timeoutMs)),
        nothingToPlay: (codec) => (codec === undefined ? noVideo(name) : unsupportedCodec(name, codec)),
      });
    },
    broke: (why) => {
      if (why === "timeout") {
        return wentSilent(name, timeoutMs);
      }
      return why === "end" ? disconnected(name, "it ended the stream") : lost(name, why);
    },
  };
}
