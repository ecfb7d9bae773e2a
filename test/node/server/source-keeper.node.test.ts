// The source over all its openings: on demand, in words, and what becomes of it when it cannot be opened.
import { expect, onTestFinished, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { parseConfigObject } from "../../../src/node/server/config/parse-config-object.js";
import { LiveSource } from "../../../src/node/server/modes/stream/live-source.js";
import { type SourceFacts, SourceKeeper } from "../../../src/node/server/modes/stream/source-keeper.js";
import { StreamMemory } from "../../../src/node/server/modes/stream/stream-memory.js";
import type { StreamSource } from "../../../src/node/server/modes/stream/stream-source.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { FakeSource } from "./fake-source.js";

const REFUSED = new FloeError("source/refused", "cam refused the connection", { fix: "Is it on?" });

/** A keeper of fake sources; the first `failures` openings fail. */
async function rig({
  failures = 0,
  retries = false,
  error = REFUSED,
}: {
  failures?: number;
  retries?: boolean;
  error?: FloeError;
} = {}) {
  const clock = new ManualClock();
  const memory = await StreamMemory.create(2_000_000);
  const opened: FakeSource[] = [];
  const told: string[] = [];
  let attempts = 0;
  let openSource = async (_signal: AbortSignal): Promise<StreamSource> => {
    if (attempts++ < failures) {
      throw error;
    }
    const source = new FakeSource();
    opened.push(source);
    return source;
  };
  const keeper = new SourceKeeper({
    name: "cam",
    openSource: (signal) => openSource(signal),
    goLive: (open) =>
      LiveSource.open({ openSource: open, media: parseConfigObject().media, memory, clock, logger: Logger.silent() }),
    shownError: (error) => error as FloeError,
    isAway: ({ code }) => retries && code === "source/refused",
    graceUs: 5_000_000,
    clock,
  });
  keeper.changed.on(({ state, words }: SourceFacts) => told.push(words === "" ? state : `${state}: ${words}`));
  onTestFinished(() => keeper.shutdown());
  return {
    clock,
    keeper,
    opened,
    told,
    attempts: () => attempts,
    openBy: (open: (signal: AbortSignal) => Promise<StreamSource>) => {
      openSource = open;
    },
  };
}

/** Lets promises run on until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("it is idle, then open while somebody watches, and idle a grace time after the last", async () => {
  const { keeper, clock, opened, told } = await rig();
  expect(keeper.facts).toEqual({ name: "cam", state: "idle", words: "", passthrough: "" });
  const leases = await Promise.all([keeper.acquire(), keeper.acquire()]);
  expect(keeper.facts).toEqual({ name: "cam", state: "open", words: "", passthrough: "passthrough: yes" });
  for (const lease of leases) {
    lease.release();
  }
  clock.advance(5_000_000);
  await until(() => opened[0].calls.includes("close"));
  expect([opened.length, told]).toEqual([1, ["open", "idle"]]);
  // What was decided about it is still known.
  expect(keeper.facts.passthrough).toBe("passthrough: yes");
});

test("one that cannot be opened says why, in state and to who asked; the next who asks tries again", async () => {
  const { keeper, told } = await rig({ failures: 1 });
  await expect(keeper.acquire()).rejects.toBe(REFUSED);
  expect(keeper.facts).toMatchObject({
    state: "error",
    words: "source/refused: cam refused the connection. Is it on?",
  });
  expect(keeper.lastError).toBe(REFUSED);
  await keeper.acquire();
  expect(keeper.lastError).toBeUndefined();
  expect(told).toEqual(["error: source/refused: cam refused the connection. Is it on?", "open"]);
});

test("one on the network is tried again every 30 s by itself, told once, until it can be opened", async () => {
  const { keeper, clock, told, attempts, opened } = await rig({ failures: 2, retries: true });
  await keeper.tryOut();
  expect([attempts(), keeper.facts.state]).toEqual([1, "error"]);
  clock.advance(29_000_000);
  expect(attempts()).toBe(1);
  clock.advance(1_000_000);
  await until(() => clock.pending > 0);
  expect(attempts()).toBe(2);
  clock.advance(30_000_000);
  await until(() => keeper.facts.state === "open");
  // Nobody watches: it is closed again, and ready.
  await until(() => clock.pending > 0);
  clock.advance(5_000_000);
  await until(() => opened[0].calls.includes("close"));
  clock.advance(60_000_000);
  expect(attempts()).toBe(3);
  expect(told.map((words) => words.split(":")[0])).toEqual(["error", "open", "idle"]);
});

test("one of this machine, or one that said no to a password, is not tried again by itself", async () => {
  const local = await rig({ failures: 1 });
  await local.keeper.tryOut();
  const locked = await rig({ failures: 1, retries: true, error: new FloeError("source/auth", "cam wants a password") });
  await locked.keeper.tryOut();
  expect([local.clock.pending, locked.clock.pending]).toEqual([0, 0]);
});

test("a probe opens and closes it without starting it, and learns whether it passes through", async () => {
  const { keeper, opened } = await rig();
  await keeper.probe();
  expect(opened[0].calls).toEqual(["close"]);
  expect(keeper.facts).toMatchObject({ state: "idle", passthrough: "passthrough: yes" });
  const failing = await rig({ failures: 1 });
  await expect(failing.keeper.probe()).rejects.toBe(REFUSED);
});

test("a camera that goes away is reconnecting, with the reason masked, and open again when it is back", async () => {
  const { keeper, opened, told } = await rig();
  await keeper.acquire();
  opened[0].feel({
    kind: "reconnecting",
    sinceUs: 0,
    attempt: 1,
    reason: "source/timeout: rtsp://ada:pw@cam/1 is silent.",
  });
  // Attempts that change nothing in words are no news.
  opened[0].feel({
    kind: "reconnecting",
    sinceUs: 0,
    attempt: 2,
    reason: "source/timeout: rtsp://ada:pw@cam/1 is silent.",
  });
  opened[0].feel({ kind: "ok" });
  expect(told).toEqual(["open", "reconnecting: source/timeout: rtsp://***@cam/1 is silent.", "open"]);
});

test("one that breaks under its viewers is told and opened anew by the next; one that ends is simply closed", async () => {
  const { keeper, opened, told } = await rig();
  const ends: (string | undefined)[] = [];
  keeper.finished.on((error) => ends.push(error?.code));
  await keeper.acquire();
  opened[0].failed.emit(REFUSED);
  expect([ends, keeper.facts.state]).toEqual([["source/refused"], "error"]);
  await until(() => opened[0].calls.includes("close"));
  await keeper.acquire();
  opened[1].ended.emit();
  expect([ends, keeper.facts.state]).toEqual([["source/refused", undefined], "idle"]);
  expect(told.map((words) => words.split(":")[0])).toEqual(["open", "error", "open", "idle"]);
});

test("a viewer who leaves while it is being opened ends that, and nothing is said against the source", async () => {
  const { keeper, openBy, told, clock } = await rig({ retries: true });
  let heard: AbortSignal | undefined;
  openBy((signal) => {
    heard = signal;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const left = new AbortController();
  const asked = expect(keeper.acquire(left.signal)).rejects.toThrow("gone");
  await until(() => heard !== undefined);
  left.abort(new Error("gone"));
  await asked;
  expect([heard?.aborted, keeper.facts.state, told, clock.pending]).toEqual([true, "idle", [], 0]);
});

test("shutting down does not wait for a camera that does not answer, and closes it when it does", async () => {
  const { keeper, openBy } = await rig();
  const late = new FakeSource();
  let answer: (source: StreamSource) => void = () => {};
  openBy(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const asked = keeper.acquire();
  const refusal = expect(asked).rejects.toMatchObject({ code: "source/shut-down" });
  await until(() => true);
  await keeper.shutdown();
  await refusal;
  answer(late);
  await until(() => late.calls.includes("close"));
  expect(late.calls).toEqual(["close"]);
});
