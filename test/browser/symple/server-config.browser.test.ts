// What a page asks a server before it connects.
import { afterEach, describe, expect, test, vi } from "vitest";
import { configUrl, fetchIceServers } from "../../../src/browser/symple/server-config.js";
import { BrowserSympleClient } from "../../../src/browser/symple/symple-client.js";

const forever = new AbortController().signal;

function answer(body: unknown, status = 200): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(() =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
}

afterEach(() => vi.restoreAllMocks());

describe("the configuration's address", () => {
  test.each([
    ["ws://127.0.0.1:4500/ws", "http://127.0.0.1:4500/api/config"],
    ["wss://example.org/live/ws?x=1#y", "https://example.org/live/api/config"],
    ["https://example.org", "https://example.org/api/config"],
    ["http://example.org/live/", "http://example.org/live/api/config"],
  ])("of %s is %s", (url, config) => {
    expect(configUrl(url)).toBe(config);
  });
});

describe("the servers that are offered", () => {
  test("come with the token that the page has; what is none is left out", async () => {
    const servers = [{ urls: ["turn:a"], username: "u", credential: "c" }, { urls: "stun:b" }, null, { urls: 7 }];
    answer({ iceServers: servers });
    expect(await fetchIceServers("ws://127.0.0.1:1/ws", { token: "T", signal: forever })).toEqual(servers.slice(0, 2));
    expect(vi.mocked(fetch).mock.lastCall).toMatchObject([
      "http://127.0.0.1:1/api/config",
      { headers: { authorization: "Bearer T" } },
    ]);
  });

  test("are none where a server says nothing of them", async () => {
    answer({});
    expect(await fetchIceServers("ws://127.0.0.1:1/ws", { token: "", signal: forever })).toEqual([]);
    expect(vi.mocked(fetch).mock.lastCall).toMatchObject([{}, { headers: {} }]);
  });

  test("are unknown when the server refuses, or cannot be read", async () => {
    answer({}, 401);
    const asked = fetchIceServers("ws://127.0.0.1:1/ws", { token: "", signal: forever });
    await expect(asked).rejects.toMatchObject({
      code: "check/no-config",
      message: expect.stringContaining("HTTP 401"),
    });
    vi.mocked(fetch).mockRejectedValue(new TypeError("Failed to fetch"));
    const again = fetchIceServers("ws://127.0.0.1:1/ws", { token: "", signal: forever });
    await expect(again).rejects.toMatchObject({ code: "check/no-config" });
  });

  test("are not waited for any more when the signal says so", async () => {
    const stop = new AbortController();
    vi.spyOn(globalThis, "fetch").mockImplementation(() => {
      stop.abort(new Error("enough"));
      return Promise.reject(new TypeError("aborted"));
    });
    const asked = fetchIceServers("ws://127.0.0.1:1/ws", { token: "", signal: stop.signal });
    await expect(asked).rejects.toThrow("enough");
  });
});

test("a client asks for the servers of its own server, with its own token, and tells when there is no answer", async () => {
  const client = new BrowserSympleClient({ url: "ws://127.0.0.1:1/live/ws", token: "T" });
  answer({ iceServers: [{ urls: "turn:a", username: "u", credential: "c" }] });
  expect(await client.iceServers()).toEqual([{ urls: ["turn:a"], username: "u", credential: "c" }]);
  expect(vi.mocked(fetch).mock.lastCall).toMatchObject([
    "http://127.0.0.1:1/live/api/config",
    { headers: { authorization: "Bearer T" } },
  ]);
  answer({}, 401);
  await expect(client.iceServers()).rejects.toMatchObject({ code: "check/no-config" });
});
