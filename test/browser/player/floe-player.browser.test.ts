import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FLOE_PLAYER_NAME, FloePlayer, type PlayerState } from "../../../src/browser/player/define.js";
import { FakeClient, FakeSession, FLOE } from "./fakes.js";
import { drawStamp, liveCanvas, makeCanvas } from "./stamped-canvas.js";

const PATIENCE = { timeout: 10_000 };

let player: FloePlayer;
let client: FakeClient;
let sessions: FakeSession[];
let stream: MediaStream;
let states: PlayerState["kind"][];

beforeEach(() => {
  player = document.createElement("floe-player");
  client = new FakeClient();
  client.peers.push(FLOE);
  sessions = [];
  stream = new MediaStream();
  states = [];
  player.client = client;
  player.openSession = ({ peer }) => {
    const session = new FakeSession(peer, stream);
    sessions.push(session);
    return session;
  };
  player.addEventListener("statechange", ({ detail }) => states.push(detail.kind));
  document.body.append(player);
});

afterEach(() => {
  player.remove();
});

function inside(selector: string): HTMLElement {
  const found = player.shadowRoot?.querySelector<HTMLElement>(selector);
  if (found === null || found === undefined) {
    throw new Error(`the player has no ${selector}`);
  }
  return found;
}

function isShown(selector: string): boolean {
  const { display, visibility } = getComputedStyle(inside(selector));
  return display !== "none" && visibility !== "hidden";
}

describe("definition", () => {
  test("a second copy of the module leaves the first one's element in place", async () => {
    const first = customElements.get(FLOE_PLAYER_NAME);
    // The query makes it another module of the same file.
    const copy = "../../../src/browser/player/define.js?second-copy";
    await expect(import(/* @vite-ignore */ copy)).resolves.toBeDefined();
    expect(customElements.get(FLOE_PLAYER_NAME)).toBe(first);
    expect(player).toBeInstanceOf(FloePlayer);
  });

  test("properties that were set before the element was defined are taken over", () => {
    const early = document.createElement("floe-early");
    Object.assign(early, { peer: "floe", muted: true, client, iceServers: [{ urls: "stun:a" }], playout: "sync" });
    document.body.append(early);
    class EarlyPlayer extends FloePlayer {}
    customElements.define("floe-early", EarlyPlayer);
    expect(early.getAttribute("peer")).toBe("floe");
    expect(early.hasAttribute("muted")).toBe(true);
    expect((early as EarlyPlayer).client).toBe(client);
    expect((early as EarlyPlayer).iceServers).toEqual([{ urls: "stun:a" }]);
    expect(early.getAttribute("playout")).toBe("sync");
    expect(Object.keys(early)).toEqual([]);
    early.remove();
  });
});

describe("attributes", () => {
  test.each(["url", "peer", "token"] as const)("%s mirrors its property", (name) => {
    expect(player[name]).toBe("");
    player[name] = "a";
    expect(player.getAttribute(name)).toBe("a");
    player.setAttribute(name, "b");
    expect(player[name]).toBe("b");
  });

  test.each(["autoplay", "muted", "controls"] as const)("%s mirrors its property", (name) => {
    expect(player[name]).toBe(false);
    player[name] = true;
    expect(player.hasAttribute(name)).toBe(true);
    player.removeAttribute(name);
    expect(player[name]).toBe(false);
  });

  test("ice-servers reach the call, the property before the attribute, and what cannot be read fails in words", () => {
    const asked: (readonly RTCIceServer[])[] = [];
    player.openSession = ({ peer, iceServers }) => {
      asked.push(iceServers);
      return new FakeSession(peer, stream);
    };
    client.online();
    player.setAttribute("ice-servers", '[{"urls":"stun:a"}]');
    player.watch();
    player.iceServers = [{ urls: "stun:b" }];
    player.setAttribute("ice-servers", "stun:c");
    expect(asked).toEqual([[{ urls: ["stun:a"] }], [{ urls: "stun:b" }]]);
    expect(player.state).toMatchObject({ kind: "failed", error: { code: "player/bad-ice-servers" } });
    expect(player.iceServers).toEqual([]);
    player.setAttribute("ice-servers", "[]");
    expect(player.state.kind).toBe("starting");
  });

  test("without ice-servers each call gets those that the server offers then; [] asks for none", async () => {
    let asked = 0;
    const given: (readonly RTCIceServer[])[] = [];
    player.client = Object.assign(client, {
      iceServers: () => Promise.resolve([{ urls: `stun:${++asked}.example` }]),
    });
    player.openSession = ({ peer, iceServers }) => {
      given.push(iceServers);
      const session = new FakeSession(peer, stream);
      sessions.push(session);
      return session;
    };
    client.online();
    player.watch();
    expect(player.state).toMatchObject({ kind: "starting", step: "answer" });
    await expect.poll(() => sessions.length, PATIENCE).toBe(1);
    player.playout = "sync";
    await expect.poll(() => sessions.length, PATIENCE).toBe(2);
    expect(given).toEqual([[{ urls: "stun:1.example" }], [{ urls: "stun:2.example" }]]);
    player.setAttribute("ice-servers", "[]");
    await expect.poll(() => sessions.length, PATIENCE).toBe(3);
    expect(given[2]).toEqual([]);
    expect(asked).toBe(2);
  });

  test("playout is live unless it says sync, and a change makes the call that is under way anew", () => {
    const asked: string[] = [];
    player.openSession = ({ peer, playout }) => {
      asked.push(playout);
      const session = new FakeSession(peer, stream);
      sessions.push(session);
      return session;
    };
    expect(player.playout).toBe("live");
    player.setAttribute("playout", "nonsense");
    expect(player.playout).toBe("live");
    client.online();
    player.watch();
    player.playout = "sync";
    expect(player.getAttribute("playout")).toBe("sync");
    expect(asked).toEqual(["live", "sync"]);
    expect(sessions.map(({ closed }) => closed)).toEqual([1, 0]);
    player.setAttribute("playout", "SYNC");
    expect(asked.length).toBe(2);
  });

  test("volume stays between silent and full, and is told when it changes", () => {
    let told = 0;
    player.addEventListener("soundchange", () => told++);
    player.volume = 0.25;
    expect(player.video.volume).toBe(0.25);
    player.volume = 7;
    expect(player.volume).toBe(1);
    player.muted = true;
    expect(told).toBe(3);
  });

  test("autoplay watches as soon as the element is in the page", () => {
    player.autoplay = true;
    expect(player.state.kind).toBe("connecting");
  });

  test("another peer while one is watched ends the one call and begins the other", () => {
    client.online();
    player.watch();
    player.peer = "floe-server";
    expect(sessions.map(({ closed }) => closed)).toEqual([1, 0]);
  });

  test("muted silences the video, and lets it sound again", () => {
    player.muted = true;
    expect(player.video.muted).toBe(true);
    player.muted = false;
    expect(player.video.muted).toBe(false);
  });
});

describe("watching", () => {
  test("goes through its states in words to the picture, and back to idle", async () => {
    const canvas = makeCanvas(640, 360);
    using live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now(), n));
    stream = live.stream;
    player.muted = true;
    player.watch();
    expect(inside(".title").textContent).toBe("Connecting to the server…");
    client.online();
    expect(inside(".detail").textContent).toBe("Calling floe.");
    sessions[0].negotiate();
    sessions[0].connect();
    await vi.waitFor(() => expect(player.state.kind).toBe("playing"), PATIENCE);
    expect(inside(".words").getBoundingClientRect().width).toBe(1);
    expect(player.video.videoWidth).toBe(640);
    expect(player.video.getAttribute("aria-label")).toBe("Live video from floe");
    player.hangup();
    expect(player.state).toEqual({ kind: "idle" });
    expect(player.video.srcObject).toBe(null);
    expect(sessions[0].closed).toBe(1);
    expect(states).toEqual(["connecting", "starting", "starting", "starting", "playing", "idle"]);
  });

  test("tells its numbers once a second, latency and time to the first picture included", async () => {
    const canvas = makeCanvas(640, 360);
    using live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now(), n));
    stream = live.stream;
    player.muted = true;
    client.online();
    player.watch();
    sessions[0].connect();
    const stats = await new Promise<Awaited<ReturnType<FloePlayer["stats"]>>>((resolve) => {
      player.addEventListener("statssample", ({ detail }) => {
        if (detail.latency.kind !== "none") {
          resolve(detail);
        }
      });
    });
    expect(stats).toMatchObject({ state: "playing", latency: { kind: "measured" }, path: "" });
    expect(stats.firstFrameMs).toBeGreaterThan(0);
  });

  test("two who ask at once share one look, so that neither spoils the other's rates", async () => {
    client.online();
    player.watch();
    await Promise.all([player.stats(), player.stats()]);
    expect(sessions[0].looks).toBe(1);
  });

  test("without a call the numbers are empty", async () => {
    expect(await player.stats()).toEqual({
      state: "idle",
      intervalMs: 0,
      video: undefined,
      audio: undefined,
      roundTripMs: undefined,
      path: "",
      firstFrameMs: undefined,
      latency: { kind: "none" },
    });
  });

  test("a failure is an event with the error, and words with what to do", () => {
    const heard: ErrorEvent[] = [];
    player.addEventListener("error", (event) => heard.push(event));
    client.online();
    player.watch();
    sessions[0].end("busy");
    expect(heard).toHaveLength(1);
    expect(heard[0].error).toMatchObject({ code: "call/busy" });
    expect(heard[0].message).toMatch(/^call\/busy: .* Watch again when the other call is over\.$/);
    expect(inside(".detail").textContent).toBe("Watch again when the other call is over.");
    player.watch();
    expect(player.state.kind).toBe("starting");
  });

  test("an address that is none fails in words instead of throwing", () => {
    player.client = undefined;
    player.url = "ftp://camera";
    player.watch();
    expect(player.state).toMatchObject({ kind: "failed", error: { code: "symple/bad-url" } });
  });

  test("a server of another address that cannot be reached may not let this page in, and that is said", async () => {
    player.client = undefined;
    player.url = "ws://127.0.0.1:9/ws";
    player.watch();
    await vi.waitFor(
      () => expect(inside(".detail").textContent).toContain(`allowedOrigins names ${location.origin}.`),
      PATIENCE,
    );
    player.hangup();
  });

  test("watching twice is watching once", () => {
    client.online();
    player.watch();
    player.watch();
    expect(sessions).toHaveLength(1);
  });

  test("an element that is taken out hangs up, one that is only moved does not", async () => {
    client.online();
    player.watch();
    const elsewhere = document.createElement("div");
    document.body.append(elsewhere);
    elsewhere.append(player);
    await Promise.resolve();
    expect(sessions[0].closed).toBe(0);
    elsewhere.remove();
    await Promise.resolve();
    expect(sessions[0].closed).toBe(1);
    expect(player.state.kind).toBe("idle");
    expect(client.closed).toBe(0);
  });
});

describe("buttons", () => {
  test("controls show Watch, then Hang up, and both work", () => {
    expect(isShown("[data-action=watch]")).toBe(false);
    player.controls = true;
    client.online();
    inside("[data-action=watch]").focus();
    inside("[data-action=watch]").click();
    expect(sessions).toHaveLength(1);
    expect(inside("[data-action=hangup]").textContent).toBe("Hang up");
    expect(player.shadowRoot?.activeElement).toBe(inside("[data-action=hangup]"));
    inside("[data-action=hangup]").click();
    expect(player.state.kind).toBe("idle");
    expect(player.shadowRoot?.activeElement).toBe(inside("[data-action=watch]"));
  });

  async function playPicture(): Promise<Disposable> {
    const canvas = makeCanvas(640, 360);
    const live = liveCanvas(canvas, (n) => drawStamp(canvas, Date.now(), n));
    stream = live.stream;
    player.muted = true;
    player.controls = true;
    client.online();
    player.watch();
    sessions[0].connect();
    await vi.waitFor(() => expect(player.state.kind).toBe("playing"), PATIENCE);
    return live;
  }

  test("a picture brings sound, volume, snapshot and full screen along its lower edge", async () => {
    using _live = await playPicture();
    for (const action of ["hangup", "sound-on", "volume", "snapshot"]) {
      expect(isShown(`[data-action=${action}]`)).toBe(true);
    }
    const volume = inside("[data-action=volume]") as HTMLInputElement;
    expect(volume.valueAsNumber).toBe(0);
    volume.valueAsNumber = 0.5;
    volume.dispatchEvent(new Event("input"));
    expect([player.muted, player.volume]).toEqual([false, 0.5]);
    player.hangup();
    expect(isShown("[data-action=snapshot]")).toBe(false);
  });

  test("the snapshot button saves a file and tells its name", async () => {
    using _live = await playPicture();
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
    const detail = await new Promise<{ blob: Blob; name: string }>((resolve) => {
      player.addEventListener("snapshot", (event) => resolve(event.detail));
      inside("[data-action=snapshot]").click();
    });
    expect(detail.name).toMatch(/^floe-.*\.png$/);
    expect(detail.blob.type).toBe("image/png");
    expect(saved).toHaveBeenCalledOnce();
    saved.mockRestore();
  });

  test("what a button could not do is told as an error", async () => {
    using _live = await playPicture();
    vi.spyOn(player, "requestFullscreen").mockRejectedValue(new TypeError("no gesture"));
    const told = new Promise<ErrorEvent>((resolve) => player.addEventListener("error", resolve));
    inside("[data-action=fullscreen]").click();
    expect((await told).error).toMatchObject({ code: "player/no-full-screen" });
    expect(player.state.kind).toBe("playing");
  });

  test("a source that is tried again is said over the picture, and is gone when it is back", async () => {
    using _live = await playPicture();
    const states: (string | undefined)[] = [];
    player.addEventListener("sourcechange", ({ detail }) => states.push(detail?.state));
    const data = { capabilities: ["view"] };
    client.change({ ...FLOE, data: { ...data, source: { state: "reconnecting", words: "source/timeout: silence" } } });
    expect(inside(".title").textContent).toBe("Camera reconnecting…");
    expect(inside(".title").getBoundingClientRect().width).toBeGreaterThan(50);
    client.change({ ...FLOE, data: { ...data, source: { state: "open" } } });
    expect(inside(".title").textContent).toBe("Playing");
    player.hangup();
    expect(states).toEqual(["reconnecting", "open", undefined]);
    expect(player.source).toBeUndefined();
  });

  test("sound that the browser refuses is offered by a button, while the picture plays muted", async () => {
    const refusal = vi
      .spyOn(player.video, "play")
      .mockImplementation(() =>
        player.video.muted ? Promise.resolve() : Promise.reject(new DOMException("no gesture", "NotAllowedError")),
      );
    client.online();
    player.watch();
    await vi.waitFor(() => expect(player.isSoundBlocked).toBe(true), PATIENCE);
    expect(player.video.muted).toBe(true);
    expect(player.muted).toBe(false);
    expect(isShown("[data-action=sound-on]")).toBe(true);
    expect(inside("[data-action=sound-on]").textContent).toBe("Sound on");
    refusal.mockImplementation(() => Promise.resolve());
    inside("[data-action=sound-on]").click();
    expect(player.isSoundBlocked).toBe(false);
    expect(player.video.muted).toBe(false);
    expect(isShown("[data-action=sound-off]")).toBe(false);
  });
});

describe("at any size", () => {
  test.each([
    [96, 54],
    [160, 90],
    [360, 202],
    [200, 600],
    [1600, 900],
  ])("the words stay inside of %i by %i", (width, height) => {
    Object.assign(player.style, { width: `${width}px`, height: `${height}px`, aspectRatio: "auto" });
    client.online();
    player.controls = true;
    player.watch();
    sessions[0].end("no-path");
    const box = player.getBoundingClientRect();
    expect([box.width, box.height]).toEqual([width, height]);
    const title = inside(".title").getBoundingClientRect();
    expect(title.left).toBeGreaterThanOrEqual(box.left);
    expect(title.right).toBeLessThanOrEqual(box.right);
    const overlay = inside(".overlay");
    expect(overlay.scrollWidth).toBeLessThanOrEqual(overlay.clientWidth);
  });
});
