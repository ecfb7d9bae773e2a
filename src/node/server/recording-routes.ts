// What the HTTP API does with recordings: lists, describes, sends, pauses, ends and deletes them.
import { FloeError } from "../../core/error/floe-error.js";
import { type HttpRequest, type HttpResponse, jsonResponse } from "../../core/http/http-message.js";
import type { HttpHandler } from "../../core/http/router.js";
import type { Recorder } from "../record/recorder.js";

/** The recorder that the server has now; undefined when its mode makes no recordings. */
export type RecorderOfServer = () => Recorder | undefined;

/** Handlers by what they do. The path parameter `id` says which recording; it is compared with those that are known, nothing else. */
export type RecordingHandlers = Readonly<
  Record<"list" | "info" | "file" | "remove" | "pause" | "resume" | "stop", HttpHandler>
>;

/** Handlers over the server's recorder, asked for at each request. */
export function recordingHandlers(recorderOf: RecorderOfServer): RecordingHandlers {
  const withRecorder =
    (handle: (recorder: Recorder, id: string, request: HttpRequest) => HttpResponse | Promise<HttpResponse>) =>
    async (request: HttpRequest, parameters: ReadonlyMap<string, string>): Promise<HttpResponse> => {
      try {
        return await handle(requireRecorder(recorderOf()), parameters.get("id") ?? "", request);
      } catch (error) {
        return refusal(error);
      }
    };
  return {
    list: withRecorder((recorder) => jsonResponse(200, { recordings: recorder.list() })),
    info: withRecorder((recorder, id) => jsonResponse(200, recorder.get(id))),
    file: withRecorder((recorder, id, request) => fileResponse(recorder, id, request.query)),
    remove: withRecorder(async (recorder, id) => {
      await recorder.remove(id);
      return { status: 204 };
    }),
    pause: withRecorder((recorder, id) => jsonResponse(200, recorder.pause(id))),
    resume: withRecorder((recorder, id) => jsonResponse(200, recorder.resume(id))),
    stop: withRecorder(async (recorder, id) => jsonResponse(200, await recorder.stop(id))),
  };
}

function requireRecorder(recorder: Recorder | undefined): Recorder {
  if (recorder === undefined) {
    throw new FloeError("record/off", "this server makes no recordings", { fix: "Start it with --mode record." });
  }
  return recorder;
}

function fileResponse(recorder: Recorder, id: string, query: ReadonlyMap<string, string>): HttpResponse {
  const segment = query.get("segment") ?? "0";
  if (!/^\d{1,9}$/.test(segment)) {
    throw new FloeError("record/not-found", "segments are whole numbers from 0", {
      fix: "Leave segment out for the first.",
    });
  }
  const { path, fileName, info } = recorder.fileOf(id, Number(segment));
  const isAsked = ["1", "true", "yes"].includes(query.get("download") ?? "");
  return {
    status: 200,
    headers: {
      "content-disposition": disposition(isAsked ? "attachment" : "inline", fileName),
      // It is one person's picture: no cache on the way keeps it, and a browser asks whether it is still there.
      "cache-control": "private, no-cache",
    },
    file: { path, contentType: info.mimeType, validator: info.isLive ? "none" : "strong" },
  };
}

/** RFC 6266 4, RFC 8187: a name in ASCII for whoever knows no other, and the real one. */
function disposition(kind: "attachment" | "inline", fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const encoded = encodeURIComponent(fileName).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

const STATUSES: ReadonlyMap<string, number> = new Map([
  ["record/off", 404],
  ["record/not-found", 404],
  ["record/empty", 404],
  ["record/live", 409],
  ["record/not-live", 409],
]);

/** An error as an answer; one that is not ours is the server's to log. */
function refusal(error: unknown): HttpResponse {
  if (!(error instanceof FloeError)) {
    throw error;
  }
  const { code } = error;
  const message = error.toString().slice(`${code}: `.length);
  return jsonResponse(STATUSES.get(code) ?? 500, { status: "error", error: code, message });
}
