// What a status page shows of record mode: who publishes, where it goes, and what hinders it.
import { basename } from "node:path";
import type { FloeError } from "../../../../core/error/floe-error.js";
import type { Kernels } from "../../../../core/kernel/kernel.js";
import type { RecordingInfo } from "../../../record/recording-info.js";
import type { ServerConfig } from "../../config/server-config.js";
import { kernelsBody, kernelsCheck } from "../../kernels-status.js";
import type { StatusCheck } from "../../status-checks.js";
import type { ModeStatus } from "../server-mode.js";
import { sessionCounts } from "../session-counts.js";
import type { PublisherStatus } from "./publisher-status.js";

/** What is looked at. */
export type ShownRecordMode = {
  readonly record: ServerConfig["media"]["record"];
  readonly videoCodecs: readonly ("h264" | "vp8")[];
  readonly publishers: readonly PublisherStatus[];
  readonly recorder: {
    readonly folder: string;
    readonly spaceFault: FloeError | undefined;
    list(): readonly Pick<RecordingInfo, "isLive" | "bytes">[];
  };
  /** Recordings that ended by themselves since the server began, and the last one's reason. */
  readonly alarms: { readonly count: number; readonly last: string };
  readonly kernels: Pick<Kernels, "kind" | "reason" | "counters">;
};

/** Everything of the mode, now. */
export function recordStatus(mode: ShownRecordMode): ModeStatus {
  const { publishers, recorder, record, videoCodecs, kernels } = mode;
  const { format, maxPublishers, transcode } = record;
  const recordings = recorder.list();
  const publish = { video: videoCodecs, audio: ["opus"] };
  return {
    sections: {
      sessions: { ...sessionCounts(publishers), publishers },
      record: { folder: basename(recorder.folder), format, transcode, maxPublishers, publish },
      recordings: {
        total: recordings.length,
        live: recordings.filter(({ isLive }) => isLive).length,
        bytes: recordings.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      kernels: kernelsBody(kernels),
    },
    configuration: { record: { format, publish } },
    checks: [recordingCheck(mode), kernelsCheck(kernels)],
  };
}

function recordingCheck({ recorder, record, alarms, publishers }: ShownRecordMode): StatusCheck {
  const name = "recording";
  const { spaceFault } = recorder;
  if (spaceFault !== undefined) {
    return { name, result: "fail", detail: spaceFault.toString() };
  }
  const troubled = publishers.filter(({ words }) => words !== "");
  if (alarms.count > 0) {
    const what =
      alarms.count === 1 ? "a recording has ended by itself" : `${alarms.count} recordings have ended by themselves`;
    return { name, result: "warn", detail: `${what} since the server began. ${alarms.last}` };
  }
  if (troubled.length > 0) {
    return {
      name,
      result: "warn",
      detail: troubled.map(({ peer, words }) => `${peer.split("|")[0]}: ${words}`).join(" "),
    };
  }
  return {
    name,
    result: "pass",
    detail: `what is published is written to ${basename(recorder.folder)} as ${record.format}`,
  };
}
