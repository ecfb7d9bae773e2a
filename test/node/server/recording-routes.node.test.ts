import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { seconds } from "../../../src/core/time/units.js";
import { namesThisMachine } from "../../../src/node/http/allowed-host.js";
import { HttpServer } from "../../../src/node/http/http-server.js";
import { StaticFiles } from "../../../src/node/http/static-files.js";
import type { LiveRecording } from "../../../src/node/record/live-recording.js";
import type { RecordingInfo } from "../../../src/node/record/recording-info.js";
import { apiRoutes } from "../../../src/node/server/api-routes.js";
import type { PartialServerConfig } from "../../../src/node/server/config/server-config.js";
import { webRoot } from "../http/http-harness.js";
import { sounds } from "../record/media.js";
import { BOTH, openRecorder, publish, type RecorderRig } from "../record/recorder-rig.js";
import { factsOf } from "./facts.js";

type Api = RecorderRig & {
  readonly port: number;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  json(path: string, init?: RequestInit): Promise<unknown>;
};

/** The API over a real recorder, on a real port. */
async function openApi(
  config: PartialServerConfig = {},
  options: Parameters<typeof openRecorder>[0] & { readonly isOff?: boolean } = {},
): Promise<Api> {
  const { isOff = false, ...recorderOptions } = options;
  const rig = await openRecorder(recorderOptions);
  const facts = factsOf({ media: { mode: "record" }, ...config });
  const server = new HttpServer({
    router: apiRoutes(
      () => facts,
      () => (isOff ? undefined : rig.recorder),
    ),
    files: new StaticFiles(webRoot().root),
    isHostAllowed: namesThisMachine,
    logger: Logger.silent(),
  });
  const port = await server.listen("127.0.0.1", 0);
  onTestFinished(() => server.close());
  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { ...rig, port, fetch: ask, json: async (path, init) => (await ask(path, init)).json() };
}

/** Begins one and publishes into it. */
async function recorded(api: Api, peer: string, durationS = 2): Promise<LiveRecording> {
  const live = await api.recorder.begin({ peer, ...BOTH });
  publish(live, durationS);
  return live;
}

const sha = (bytes: Uint8Array | ArrayBuffer): string =>
  createHash("sha256")
    .update(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes)
    .digest("hex");

describe("recordings over HTTP", () => {
  test("are listed, the newest first, live and finished, and described one by one", async () => {
    const api = await openApi();
    expect(await api.json("/api/recordings")).toEqual({ recordings: [] });
    const first = await recorded(api, "alice");
    await first.end();
    api.clock.advance(seconds(10));
    const second = await recorded(api, "bob");
    const { recordings } = (await api.json("/api/recordings")) as { recordings: RecordingInfo[] };
    expect(recordings.map(({ id, state }) => [id, state])).toEqual([
      [second.id, "recording"],
      [first.id, "finished"],
    ]);
    const response = await api.fetch(`/api/recordings/${first.id}`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual(recordings[1]);
    expect(JSON.stringify(recordings)).not.toContain(api.folder);
  });

  test("are paused, resumed, stopped and deleted; what does not fit the state is a 409 in words", async () => {
    const api = await openApi();
    const { id } = await recorded(api, "alice");
    const post = (verb: string): Promise<Response> => api.fetch(`/api/recordings/${id}/${verb}`, { method: "POST" });
    expect(await (await post("pause")).json()).toMatchObject({ id, state: "paused" });
    expect(await (await post("resume")).json()).toMatchObject({ id, state: "recording" });
    const early = await api.fetch(`/api/recordings/${id}`, { method: "DELETE" });
    expect([early.status, await early.json()]).toEqual([
      409,
      { status: "error", error: "record/live", message: `${id} is being recorded. Stop it first.` },
    ]);
    expect(await (await post("stop")).json()).toMatchObject({ id, state: "finished", isLive: false });
    for (const verb of ["pause", "resume", "stop"]) {
      const late = await post(verb);
      expect([late.status, await late.json()]).toMatchObject([409, { error: "record/not-live" }]);
    }
    const removed = await api.fetch(`/api/recordings/${id}`, { method: "DELETE" });
    expect([removed.status, await removed.text(), removed.headers.get("content-length")]).toEqual([204, "", null]);
    const again = await api.fetch(`/api/recordings/${id}`, { method: "DELETE" });
    expect([again.status, await again.json()]).toMatchObject([404, { error: "record/not-found" }]);
    expect((await api.fetch(`/api/recordings/${id}/pause`)).status).toBe(405);
  });

  test("that nobody knows are a 404, whatever the id looks like", async () => {
    const api = await openApi();
    const { id } = await recorded(api, "alice");
    for (const strange of ["nobody-1", "..", "%2e%2e", `${id}.json`, `${id}.mp4`, "__proto__", "%00", "a%5c..%5cb"]) {
      for (const path of [`/api/recordings/${strange}/file`, `/api/recordings/${strange}/x/../file`]) {
        const target = new Promise<number | undefined>((resolve) => {
          // As it stands: fetch would tidy the path up.
          const sent = request({ host: "127.0.0.1", port: api.port, path }, (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          sent.end();
        });
        expect([path, await target]).toEqual([path, 404]);
      }
    }
    const missing = await api.fetch("/api/recordings/nobody-1/file");
    expect(await missing.json()).toEqual({
      status: "error",
      error: "record/not-found",
      message: "there is no recording nobody-1. GET /api/recordings lists them.",
    });
  });

  test("need record mode, and say so where there is none", async () => {
    const api = await openApi({}, { isOff: true });
    for (const path of ["", "/a-1", "/a-1/file"]) {
      const response = await api.fetch(`/api/recordings${path}`);
      expect([response.status, await response.json()]).toEqual([
        404,
        {
          status: "error",
          error: "record/off",
          message: "this server makes no recordings. Start it with --mode record.",
        },
      ]);
    }
  });
});

describe("the file of a recording", () => {
  test("is sent whole and in parts, with its type, its name and a tag; HEAD describes it", async () => {
    const api = await openApi();
    const { id } = await (await recorded(api, "Zoë & co", 3)).end();
    const bytes = readFileSync(join(api.folder, `${id}.mp4`));
    const { url } = api.recorder.get(id);
    expect(url).toBe(`/api/recordings/Zo%C3%AB_co-1800000000000/file`);
    const whole = await api.fetch(url);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-type": "video/mp4",
      "content-length": String(bytes.length),
      "accept-ranges": "bytes",
      "cache-control": "private, no-cache",
      "content-disposition": `inline; filename="Zo_${id.slice(3)}.mp4"; filename*=UTF-8''Zo%C3%AB${id.slice(3)}.mp4`,
      etag: expect.stringMatching(/^"[\w-]+"$/),
    });
    expect(sha(await whole.arrayBuffer())).toBe(sha(bytes));
    const etag = whole.headers.get("etag") ?? "";
    const part = async (headers: Record<string, string>): Promise<unknown[]> => {
      const response = await api.fetch(url, { headers });
      const body = await response.arrayBuffer();
      return [response.status, response.headers.get("content-range"), body.byteLength, sha(body)];
    };
    const middle = [206, `bytes 100-199/${bytes.length}`, 100, sha(bytes.subarray(100, 200))];
    expect(await part({ range: "bytes=100-199" })).toEqual(middle);
    expect(await part({ range: "bytes=100-199", "if-range": etag })).toEqual(middle);
    expect(await part({ range: "bytes=-10" })).toEqual([
      206,
      `bytes ${bytes.length - 10}-${bytes.length - 1}/${bytes.length}`,
      10,
      sha(bytes.subarray(-10)),
    ]);
    expect(await part({ range: "bytes=100-199", "if-range": '"another"' })).toEqual([
      200,
      null,
      bytes.length,
      sha(bytes),
    ]);
    expect(await part({ range: `bytes=${bytes.length}-` })).toEqual([
      416,
      `bytes */${bytes.length}`,
      0,
      sha(Buffer.of()),
    ]);
    expect((await api.fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
    const head = await api.fetch(url, { method: "HEAD", headers: { range: "bytes=0-0" } });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
    const download = await api.fetch(`${url}?download=1`);
    expect(download.headers.get("content-disposition")).toMatch(/^attachment; filename="Zo_/);
    await download.arrayBuffer();
  });

  test("is any of its segments", async () => {
    const api = await openApi({}, { segmentSeconds: 3, format: "ts" });
    const { id, segments } = await (await recorded(api, "alice", 10)).end();
    expect(segments.length).toBeGreaterThan(1);
    for (const [index, { fileName, bytes }] of segments.entries()) {
      const response = await api.fetch(`/api/recordings/${id}/file?segment=${index}`);
      expect([response.headers.get("content-type"), (await response.arrayBuffer()).byteLength]).toEqual([
        "video/mp2t",
        bytes,
      ]);
      expect(response.headers.get("content-disposition")).toContain(`"${fileName}"`);
    }
    for (const segment of [String(segments.length), "-1", "x", ""]) {
      const response = await api.fetch(`/api/recordings/${id}/file?segment=${segment}`);
      expect([segment, response.status]).toEqual([segment, 404]);
    }
  });

  test("of sound alone has the type of sound; of what has not begun there is none yet", async () => {
    const api = await openApi({}, { format: "webm" });
    const live = await api.recorder.begin({ peer: "alice", audio: "opus" });
    const early = await api.fetch(`/api/recordings/${live.id}/file`);
    expect([early.status, await early.json()]).toMatchObject([404, { error: "record/empty" }]);
    for (const packet of sounds()) {
      if (packet.timeUs >= seconds(2)) {
        break;
      }
      live.sink.write(packet);
    }
    await live.end();
    const response = await api.fetch(`/api/recordings/${live.id}/file`);
    expect(response.headers.get("content-type")).toBe("audio/webm");
    await response.arrayBuffer();
  });

  test("is there while it grows: what is written now, without a tag that would soon be wrong", async () => {
    const api = await openApi();
    const live = await recorded(api, "alice", 4);
    const url = `/api/recordings/${live.id}/file`;
    const response = await api.fetch(url);
    expect(response.headers.has("etag")).toBe(false);
    const bytes = await response.arrayBuffer();
    expect(bytes.byteLength).toBe(statSync(join(api.folder, `${live.id}.mp4`)).size);
    expect(bytes.byteLength).toBeGreaterThan(10_000);
    const part = await api.fetch(url, { headers: { range: "bytes=0-9" } });
    expect([part.status, (await part.arrayBuffer()).byteLength]).toEqual([206, 10]);
    await live.end();
  });

  test("is deleted while somebody reads it, who may go away in the middle", async () => {
    const api = await openApi({}, { format: "ts" });
    const live = await recorded(api, "alice", 240);
    const { bytes } = await live.end();
    expect(bytes).toBeGreaterThan(1_000_000);
    const sent = request({ host: "127.0.0.1", port: api.port, path: `/api/recordings/${live.id}/file` });
    sent.end();
    const [response] = await once(sent, "response");
    await once(response, "readable");
    await api.recorder.remove(live.id);
    response.destroy();
    expect(await api.json("/api/recordings")).toEqual({ recordings: [] });
  });
});

describe("who may", () => {
  const TOKEN = "s3cret";

  test("with a token nobody does anything without it; a media element brings it in the address", async () => {
    const api = await openApi({ auth: { token: TOKEN } });
    const { id } = await recorded(api, "alice");
    const paths = [
      ["GET", "/api/recordings"],
      ["GET", `/api/recordings/${id}`],
      ["GET", `/api/recordings/${id}/file`],
      ["DELETE", `/api/recordings/${id}`],
      ["POST", `/api/recordings/${id}/pause`],
      ["POST", `/api/recordings/${id}/resume`],
      ["POST", `/api/recordings/${id}/stop`],
    ] as const;
    for (const [method, path] of paths) {
      expect([path, (await api.fetch(path, { method })).status]).toEqual([path, 401]);
      expect((await api.fetch(`${path}?token=wrong`, { method })).status).toBe(401);
    }
    const headers = { authorization: `Bearer ${TOKEN}` };
    const file = await api.fetch(`/api/recordings/${id}/file?token=${TOKEN}`);
    expect(file.status).toBe(200);
    await file.arrayBuffer();
    expect((await api.fetch(`/api/recordings/${id}/stop`, { method: "POST", headers })).status).toBe(200);
    expect((await api.fetch(`/api/recordings/${id}`, { method: "DELETE", headers })).status).toBe(204);
  });

  test("without a token no page of another site changes anything, although browsers send a bare POST unasked", async () => {
    const api = await openApi({ auth: { allowedOrigins: ["https://listed.example"] } });
    const live = await recorded(api, "alice");
    const stop = (origin: string): Promise<Response> =>
      api.fetch(`/api/recordings/${live.id}/stop`, { method: "POST", headers: { origin } });
    for (const origin of ["https://evil.example", "null", `http://127.0.0.1:${api.port + 1}`]) {
      const refused = await stop(origin);
      expect([refused.status, await refused.json()]).toEqual([403, { status: "error", error: "origin_not_allowed" }]);
    }
    expect(live.info.isLive).toBe(true);
    const listed = await stop("https://listed.example");
    expect([listed.status, listed.headers.get("access-control-allow-origin")]).toEqual([200, "https://listed.example"]);
    const own = await api.fetch(`/api/recordings/${live.id}`, {
      method: "DELETE",
      headers: { origin: `http://localhost:${api.port}` },
    });
    expect(own.status).toBe(204);
  });

  test("pages of listed origins may ask for parts and delete, and read what came of it (Fetch 4.8)", async () => {
    const api = await openApi({ auth: { token: TOKEN, allowedOrigins: ["https://listed.example"] } });
    const { id } = await (await recorded(api, "alice")).end();
    const preflight = async (path: string, origin = "https://listed.example"): Promise<string | null> =>
      (await api.fetch(path, { method: "OPTIONS", headers: { origin } })).headers.get("access-control-allow-methods");
    expect(await preflight(`/api/recordings/${id}`)).toBe("GET, HEAD, DELETE");
    expect(await preflight(`/api/recordings/${id}/stop`)).toBe("POST");
    expect(await preflight(`/api/recordings/${id}`, "https://evil.example")).toBeNull();
    const part = await api.fetch(`/api/recordings/${id}/file?token=${TOKEN}`, {
      headers: { origin: "https://listed.example", range: "bytes=0-9" },
    });
    await part.arrayBuffer();
    expect(part.headers.get("access-control-allow-origin")).toBe("https://listed.example");
    expect(part.headers.get("access-control-expose-headers")).toContain("content-range");
  });
});
