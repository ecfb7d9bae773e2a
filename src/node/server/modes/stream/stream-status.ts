// What a status page shows of stream mode: the source, the viewers, the encoded stream and the kernels on it.
import type { FloeError } from "../../../../core/error/floe-error.js";
import type { Kernels } from "../../../../core/kernel/kernel.js";
import type { ServerConfig } from "../../config/server-config.js";
import { kernelsBody, kernelsCheck } from "../../kernels-status.js";
import type { ShownSource } from "../../shown-source.js";
import type { StatusCheck } from "../../status-checks.js";
import type { ModeStatus } from "../server-mode.js";
import { sessionCounts } from "../session-counts.js";
import type { LiveSource } from "./live-source.js";
import type { SourceFacts } from "./source-keeper.js";
import type { ViewerStatus } from "./viewer-status.js";

/** What is looked at. */
export type ShownStreamMode = {
  readonly shown: ShownSource;
  readonly sourceFacts: SourceFacts;
  readonly live: Pick<LiveSource, "health" | "info" | "report"> | undefined;
  readonly lastError: FloeError | undefined;
  readonly memory: {
    readonly videoSlots: { readonly slotCount: number };
    readonly kernels: Pick<Kernels, "kind" | "reason" | "counters">;
  };
  sessions(): readonly ViewerStatus[];
};

/** Everything of the mode, now. */
export function streamStatus(mode: ShownStreamMode, { media }: Pick<ServerConfig, "media">): ModeStatus {
  const viewers = mode.sessions();
  const { kernels, videoSlots } = mode.memory;
  return {
    sections: {
      source: sourceBody(mode),
      sessions: { ...sessionCounts(viewers), viewers },
      stream: {
        source: mode.shown.value,
        sourceKind: mode.shown.kind,
        loop: media.loop,
        cachePackets: videoSlots.slotCount,
        ...mode.live?.report(),
      },
      kernels: kernelsBody(kernels),
    },
    configuration: { source: mode.shown },
    checks: [sourceCheck(mode), kernelsCheck(kernels)],
  };
}

/** The source: what it is, how it is, and why. */
function sourceBody({ shown, sourceFacts, live, lastError }: ShownStreamMode): object {
  const { state, words, passthrough } = sourceFacts;
  return {
    ...shown,
    state,
    words,
    passthrough,
    ...(live === undefined ? {} : { health: live.health, video: live.info.video, audio: live.info.audio }),
    ...(lastError === undefined ? {} : { error: errorBody(lastError) }),
  };
}

function errorBody({ code, message, fix }: FloeError): object {
  return { code, message, fix };
}

function sourceCheck({ sourceFacts: { state, words } }: ShownStreamMode): StatusCheck {
  switch (state) {
    case "idle":
      return { name: "source", result: "pass", detail: "it is opened when somebody watches" };
    case "open":
      return { name: "source", result: "pass", detail: "it is open" };
    case "reconnecting":
      return { name: "source", result: "warn", detail: `it is away and is being opened again. ${words}` };
    case "error":
      return { name: "source", result: "fail", detail: words };
    default:
      return state satisfies never;
  }
}
