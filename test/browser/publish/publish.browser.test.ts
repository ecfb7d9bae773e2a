// publish() in a real Chromium: from a client, over the peer that takes it, to a call with a callee in the same page.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PublishOptions, publish } from "../../../src/browser/publish/publish.js";
import type { PublishSession } from "../../../src/browser/webrtc/publish-session.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import type { PeerSessionState } from "../../../src/core/webrtc/peer-session-state.js";
import type { Signaller } from "../../../src/core/webrtc/signaller.js";
import { FakeClient, remotePeer } from "../player/fakes.js";
import { LoopbackCallee, movingPicture, WireEnd } from "../webrtc/loopback-callee.js";

const PATIENCE = { timeout: 10_000 };
const RECORDER = remotePeer("floe", "floe-server", { capabilities: ["publish"], mode: "record" });

/** A client whose calls go over a wire in the page. */
class WiredClient extends FakeClient {
  readonly #wire: WireEnd;

  constructor(wire: WireEnd) {
    super();
    this.#wire = wire;
  }

  override signaller(): Signaller {
    return this.#wire;
  }
}

let ours: WireEnd;
let callee: LoopbackCallee;
let client: WiredClient;
let stop: AbortController;
let stream: MediaStream;
let session: PublishSession | undefined;

async function run(options: PublishOptions = {}): Promise<PublishSession> {
  session = await publish(stream, { client, ...options });
  return session;
}

beforeEach(() => {
  const [one, other] = WireEnd.pair("publisher|1", RECORDER.address);
  ours = one;
  callee = new LoopbackCallee(other, { sends: false });
  client = new WiredClient(ours);
  stop = new AbortController();
  stream = new MediaStream([movingPicture(stop.signal)]);
  session = undefined;
});

afterEach(() => {
  session?.close();
  callee.close();
  stop.abort();
});

describe("publishing", () => {
  test("opens the client, finds the server that records, and resolves when media flow", async () => {
    const states: PeerSessionState["kind"][] = [];
    const published = run({ onState: ({ kind }) => states.push(kind) });
    expect(client.state.kind).toBe("connecting");
    client.online();
    client.add(remotePeer("cam", "c1", { capabilities: ["view"] }));
    client.add(RECORDER);
    const { peer, state } = await published;
    expect([peer, state.kind]).toEqual([RECORDER.address, "active"]);
    expect(states).toEqual(["outgoing-init", "negotiating", "active"]);
    await expect.poll(() => callee.received.length, PATIENCE).toBe(1);
  });

  test("ends when the server goes offline, and leaves the page's client open", async () => {
    client.online();
    client.add(RECORDER);
    const { ended } = await run();
    client.remove(RECORDER);
    expect(await ended).toMatchObject({ code: "peer-gone" });
    expect(client.closed).toBe(0);
    await expect.poll(() => client.roster.peerRemoved.size, PATIENCE).toBe(0);
  });
});

describe("rejects", () => {
  test("with the far end's words when it declines", async () => {
    client.online();
    client.add(RECORDER);
    callee.behave = (driver) => driver.handle({ kind: "reject", reason: "only two may publish at once" });
    await expect(run()).rejects.toMatchObject({
      code: "call/rejected",
      message: "The other side declined the call: only two may publish at once.",
      fix: "Publish again to ask once more.",
    });
    expect(ours.received.size).toBe(0);
  });

  test.each([
    ["", "Nobody who takes what is published is online"],
    ["studio", "studio is not online"],
  ])("when '%s' is not online in time", async (peer, message) => {
    client.online();
    await expect(run({ peer, peerTimeoutMs: 10 })).rejects.toMatchObject({ code: "publish/no-peer", message });
  });

  test("with the client's error when the server lets nobody in", async () => {
    const published = run();
    const error = new FloeError("symple/auth-failed", "The server refused the token");
    client.enter({ kind: "error", error, retryAtUs: undefined });
    await expect(published).rejects.toBe(error);
    expect(client.changed.size).toBe(0);
  });

  test("with a hint for pages of another address when its own client finds no server", async () => {
    const published = publish(stream, { url: "http://127.0.0.1:9/ws" });
    await expect(published).rejects.toMatchObject({
      code: "symple/unreachable",
      fix: expect.stringContaining("auth.allowedOrigins"),
    });
  });
});

describe("a signal", () => {
  test("that was aborted before rejects with its reason, and nothing is opened", async () => {
    await expect(run({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    expect(client.state.kind).toBe("closed");
  });

  test("while the client connects rejects with its reason", async () => {
    const abort = new AbortController();
    const published = run({ signal: abort.signal });
    abort.abort("enough");
    await expect(published).rejects.toBe("enough");
    expect(client.changed.size).toBe(0);
  });

  test("while it rings rejects with its reason, and the peer is told", async () => {
    client.online();
    client.add(RECORDER);
    const abort = new AbortController();
    callee.behave = () => abort.abort("enough");
    await expect(run({ signal: abort.signal })).rejects.toBe("enough");
    await expect.poll(() => callee.session.state.kind, PATIENCE).toBe("ended");
  });

  test("afterwards hangs up", async () => {
    client.online();
    client.add(RECORDER);
    const abort = new AbortController();
    const { ended } = await run({ signal: abort.signal });
    abort.abort();
    expect(await ended).toMatchObject({ code: "hangup", by: "local" });
  });
});
