import { expect, test } from "vitest";
import { OnDemand } from "../../../src/node/server/modes/stream/on-demand.js";
import { ManualClock } from "../../sim/manual-clock.js";

function harness({ fail = 0 }: { fail?: number } = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  let opened = 0;
  const onDemand = new OnDemand<number>({
    clock,
    graceUs: 5_000_000,
    open: async () => {
      opened++;
      log.push(`open ${opened}`);
      if (opened <= fail) {
        throw new Error(`no ${opened}`);
      }
      return opened;
    },
    close: async (resource) => {
      log.push(`close ${resource}`);
    },
  });
  return { clock, log, onDemand };
}

test("two users share one opening", async () => {
  const { onDemand, log } = harness();
  const [a, b] = await Promise.all([onDemand.acquire(), onDemand.acquire()]);
  expect([a.resource, b.resource, onDemand.users]).toEqual([1, 1, 2]);
  expect(log).toEqual(["open 1"]);
});

test("it closes a grace time after the last user left, not before", async () => {
  const { onDemand, log, clock } = harness();
  const lease = await onDemand.acquire();
  lease.release();
  clock.advance(4_999_999);
  expect(log).toEqual(["open 1"]);
  clock.advance(1);
  await Promise.resolve();
  await Promise.resolve();
  expect(log).toEqual(["open 1", "close 1"]);
});

test("a user within the grace time keeps it open", async () => {
  const { onDemand, log, clock } = harness();
  (await onDemand.acquire()).release();
  clock.advance(1_000_000);
  const lease = await onDemand.acquire();
  clock.advance(60_000_000);
  expect(log).toEqual(["open 1"]);
  expect(lease.resource).toBe(1);
});

test("releasing twice counts once", async () => {
  const { onDemand } = harness();
  const first = await onDemand.acquire();
  await onDemand.acquire();
  first.release();
  first.release();
  expect(onDemand.users).toBe(1);
});

test("a failed opening fails all who wait, and the next one tries again", async () => {
  const { onDemand } = harness({ fail: 1 });
  const results = await Promise.allSettled([onDemand.acquire(), onDemand.acquire()]);
  expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);
  expect(onDemand.users).toBe(0);
  expect((await onDemand.acquire()).resource).toBe(2);
});

test("a user that comes while it closes gets a new one, opened after the old one closed", async () => {
  const { onDemand, log, clock } = harness();
  (await onDemand.acquire()).release();
  clock.advance(5_000_000);
  const lease = await onDemand.acquire();
  expect(lease.resource).toBe(2);
  expect(log).toEqual(["open 1", "close 1", "open 2"]);
});

test("a broken resource is discarded under its users", async () => {
  const { onDemand, log } = harness();
  const lease = await onDemand.acquire();
  await onDemand.discard(lease.resource);
  expect((await onDemand.acquire()).resource).toBe(2);
  expect(log).toEqual(["open 1", "close 1", "open 2"]);
});

test("shutdown closes at once and refuses newcomers", async () => {
  const { onDemand, log } = harness();
  await onDemand.acquire();
  await onDemand.shutdown();
  expect(log).toEqual(["open 1", "close 1"]);
  await expect(onDemand.acquire()).rejects.toThrow();
});

/** An opening that hangs until it is told to stop. */
function hanging() {
  const clock = new ManualClock();
  const log: string[] = [];
  let openings = 0;
  const onDemand = new OnDemand<string>({
    clock,
    graceUs: 5_000_000,
    open: (signal) => {
      const number = ++openings;
      log.push(`open ${number}`);
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          log.push(`stop ${number}`);
          reject(signal.reason);
        });
      });
    },
    close: async (resource) => {
      log.push(`close ${resource}`);
    },
  });
  return { clock, log, onDemand };
}

test("the last one who leaves while it is being opened ends the opening at once; the next one asks anew", async () => {
  const { onDemand, log, clock } = hanging();
  const [one, other, next] = [new AbortController(), new AbortController(), new AbortController()];
  const waiting = [onDemand.acquire(one.signal), onDemand.acquire(other.signal)];
  const ends = waiting.map((acquiring) => expect(acquiring).rejects.toThrow("left"));
  await Promise.resolve();
  one.abort(new Error("left"));
  await ends[0];
  expect([log, onDemand.users]).toEqual([["open 1"], 1]);
  other.abort(new Error("left"));
  await ends[1];
  expect([log, onDemand.users, clock.pending]).toEqual([["open 1", "stop 1"], 0, 0]);
  const again = expect(onDemand.acquire(next.signal)).rejects.toThrow("left");
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(["open 1", "stop 1", "open 2"]);
  next.abort(new Error("left"));
  await again;
});

test("shutting down ends an opening that is under way", async () => {
  const { onDemand, log } = hanging();
  const refusal = expect(onDemand.acquire()).rejects.toThrow("nobody waits");
  await Promise.resolve();
  await onDemand.shutdown();
  await refusal;
  expect(log).toEqual(["open 1", "stop 1"]);
});
