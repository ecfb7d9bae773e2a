import { afterEach, describe, expect, test, vi } from "vitest";
import { BrowserSympleClient } from "../../../src/browser/symple/symple-client.js";
import type { SympleClientState } from "../../../src/core/symple/client-io.js";

/** A WebSocket that the test plays the server of. */
class FakeWebSocket {
  static readonly made: FakeWebSocket[] = [];
  readonly url: string;
  readonly sent: { readonly type: string }[] = [];
  closedWith: number | undefined;
  onopen: () => void = () => {};
  onmessage: (event: { readonly data: unknown }) => void = () => {};
  onclose: (event: { readonly code: number; readonly reason: string }) => void = () => {};

  constructor(url: string) {
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.closedWith = code;
  }

  hear(frame: object): void {
    this.onmessage({ data: JSON.stringify(frame) });
  }
}

function withFakeSocket(): FakeWebSocket[] {
  FakeWebSocket.made.length = 0;
  vi.stubGlobal("WebSocket", FakeWebSocket);
  return FakeWebSocket.made;
}

function reach(client: BrowserSympleClient, kind: SympleClientState["kind"]): Promise<SympleClientState> {
  return new Promise((resolve) => client.changed.on((state) => state.kind === kind && resolve(state)));
}

const welcome = {
  type: "welcome",
  protocol: "symple/4",
  status: 200,
  peer: { id: "me", user: "viewer", online: true },
  rooms: ["viewer", "public"],
};

describe("BrowserSympleClient", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("signs in over the browser's WebSocket, knows its peers and speaks to them", () => {
    const made = withFakeSocket();
    const client = new BrowserSympleClient({ url: "/ws", token: "t", peerType: "page" });
    client.open();
    const [socket] = made;
    expect(socket.url).toBe(`${location.origin.replace("http", "ws")}/ws`);
    socket.onopen();
    expect(socket.sent[0]).toMatchObject({ type: "auth", user: "viewer", token: "t", data: { peerType: "page" } });
    socket.hear(welcome);
    socket.onmessage({ data: new Blob(["x"]) });
    socket.hear({ type: "presence", from: "floe|f", data: { id: "f", user: "floe", type: "server", online: true } });
    expect(client.state).toMatchObject({ kind: "online", peer: { id: "me" } });
    expect(client.roster.peers).toMatchObject([{ address: "floe|f", type: "server" }]);
    client.signaller().send({ kind: "control", peer: "floe|f", control: "init" });
    expect(socket.sent.at(-1)).toMatchObject({ type: "message", to: "floe|f", subtype: "call:init" });
    client.close();
    expect(socket.closedWith).toBe(1000);
  });

  test("connects at once when the network is back, and hears nothing of it once closed", () => {
    const made = withFakeSocket();
    const client = new BrowserSympleClient({ url: "ws://a/ws" });
    client.open();
    made[0].onclose({ code: 1006, reason: "" });
    expect(client.state.kind).toBe("error");
    dispatchEvent(new Event("online"));
    expect(made).toHaveLength(2);
    client.close();
    dispatchEvent(new Event("online"));
    expect(made).toHaveLength(2);
  });

  test("says so when nobody listens there: a real WebSocket to a closed port", async () => {
    using client = new BrowserSympleClient({ url: "ws://127.0.0.1:9/ws" });
    const failed = reach(client, "error");
    client.open();
    expect(await failed).toMatchObject({ error: { code: "symple/unreachable" } });
  });

  test("closing while the browser still connects is quiet", () => {
    const client = new BrowserSympleClient({ url: "ws://127.0.0.1:9/ws" });
    client.open();
    client.close();
    expect(client.state).toEqual({ kind: "closed" });
  });

  test("a listener that throws is reported to the page and breaks nothing", () => {
    const made = withFakeSocket();
    const report = vi.spyOn(self, "reportError").mockImplementation(() => {});
    const client = new BrowserSympleClient({ url: "ws://a/ws" });
    client.changed.on(() => {
      throw new Error("listener");
    });
    client.open();
    made[0].onopen();
    made[0].hear(welcome);
    expect(client.state.kind).toBe("online");
    client.close();
    expect(report).toHaveBeenCalledTimes(4);
    report.mockRestore();
  });
});
