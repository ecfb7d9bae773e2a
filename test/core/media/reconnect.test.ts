import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reconnect, type ReconnectOutput, type ReconnectTrouble } from "../../../src/core/media/reconnect.js";
import { MachineDriver } from "../../../src/core/net/machine-driver.js";
import { ManualClock } from "../../sim/manual-clock.js";
import { SeededRandom } from "../../sim/seeded-random.js";

/** A source that was just opened, on a clock that the test moves, and everything that it was told to do. */
function rig({ random = () => 1, startUs = 5_000_000 }: { random?: () => number; startUs?: number } = {}) {
  const clock = new ManualClock({ startUs });
  const machine = new Reconnect({ random });
  const done: { readonly kind: ReconnectOutput["kind"]; readonly atUs: number }[] = [];
  const driver = new MachineDriver(machine, clock, ({ kind }) => done.push({ kind, atUs: clock.nowUs() - startUs }));
  return {
    clock,
    machine,
    done,
    driver,
    fail: (trouble: ReconnectTrouble) => driver.handle({ kind: "failed", trouble, reason: `source/x: ${trouble}.` }),
    flow: () => driver.handle({ kind: "flowing" }),
    knocked: (isAnswered: boolean) => driver.handle({ kind: "knocked", isAnswered }),
    times: (kind: ReconnectOutput["kind"]) => done.filter((entry) => entry.kind === kind).map(({ atUs }) => atUs),
    /** Lets time pass until the next attempt, and says how long that took. */
    nextOpen(): number {
      const before = done.length;
      const fromUs = clock.nowUs();
      while (!done.slice(before).some(({ kind }) => kind === "open")) {
        clock.advanceTo(machine.deadlineUs as number);
      }
      return clock.nowUs() - fromUs;
    },
  };
}

describe("waits", () => {
  test("the first attempt comes within 250 ms, then the waits double from one second to thirty", () => {
    const { fail, nextOpen } = rig();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      fail("broken");
      waits.push(nextOpen() / 1000);
    }
    expect(waits).toEqual([250, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test("each wait is drawn from its upper half", () => {
    const { fail, nextOpen } = rig({ random: () => 0 });
    fail("broken");
    expect(nextOpen()).toBe(125_000);
    fail("broken");
    expect(nextOpen()).toBe(500_000);
  });

  test("credentials that were refused are not tried again before the longest wait", () => {
    const { fail, nextOpen } = rig({ random: () => 0 });
    fail("refused");
    expect(nextOpen()).toBe(15_000_000);
  });

  test("a second of media begins them anew, less does not", () => {
    const { clock, fail, flow, nextOpen } = rig();
    fail("broken");
    nextOpen();
    flow();
    clock.advance(900_000);
    fail("broken");
    expect(nextOpen()).toBe(1_000_000);
    flow();
    clock.advance(1_000_000);
    fail("broken");
    expect(nextOpen()).toBe(250_000);
  });

  test("who was off for long and then says that it is not ready yet is asked again soon", () => {
    const { fail, nextOpen, machine } = rig();
    for (let i = 0; i < 8; i++) {
      fail("silent");
      nextOpen();
    }
    fail("broken");
    expect(machine.health).toMatchObject({ kind: "reconnecting", attempt: 9 });
    expect(nextOpen()).toBe(250_000);
  });
});

describe("knocking", () => {
  test("whoever is silent is knocked at every second, and opened as soon as it answers", () => {
    const { clock, fail, nextOpen, knocked, done, times } = rig();
    for (let i = 0; i < 6; i++) {
      fail("silent");
      nextOpen();
    }
    fail("silent");
    done.length = 0;
    for (let i = 0; i < 4; i++) {
      clock.advance(1_000_000);
      knocked(false);
    }
    expect(times("knock").length).toBe(4);
    expect(times("open")).toEqual([]);
    clock.advance(1_000_000);
    knocked(true);
    expect(times("open").length).toBe(1);
  });

  test("a knock that hangs does not put off the next attempt", () => {
    const { clock, fail, nextOpen, times } = rig();
    for (let i = 0; i < 4; i++) {
      fail("silent");
      nextOpen();
    }
    fail("silent");
    clock.advance(8_000_000);
    expect(times("open").length).toBe(5);
  });

  test("an answer that comes after the attempt began is of no use to anybody", () => {
    const { clock, fail, nextOpen, knocked, times } = rig();
    fail("silent");
    nextOpen();
    knocked(true);
    clock.advance(60_000_000);
    expect(times("open").length).toBe(1);
  });

  test("whoever answered and said no is left alone", () => {
    const { clock, fail, nextOpen, times } = rig();
    fail("broken");
    nextOpen();
    fail("refused");
    clock.advance(29_000_000);
    expect(times("knock")).toEqual([]);
  });
});

describe("health", () => {
  test("it is reconnecting from the first failure until media comes, and counts the attempts", () => {
    const { clock, machine, fail, flow, nextOpen, times } = rig();
    expect(machine.health).toEqual({ kind: "ok" });
    fail("silent");
    const sinceUs = clock.nowUs();
    expect(machine.health).toEqual({ kind: "reconnecting", sinceUs, attempt: 1, reason: "source/x: silent." });
    nextOpen();
    fail("broken");
    expect(machine.health).toEqual({ kind: "reconnecting", sinceUs, attempt: 2, reason: "source/x: broken." });
    nextOpen();
    expect(machine.health.kind).toBe("reconnecting");
    flow();
    flow();
    expect(machine.health).toEqual({ kind: "ok" });
    expect(times("health").length).toBe(3);
  });

  test("failures are told once, however often they are reported", () => {
    const { fail, times } = rig();
    fail("broken");
    fail("broken");
    expect(times("health").length).toBe(1);
  });
});

test("under any order of events there is always something to wait for, and never more than thirty seconds", () => {
  const event = fc.constantFrom("silent", "refused", "broken", "flow", "answered", "unanswered", "wait");
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.integer(), (events, seed) => {
      const random = new SeededRandom(seed);
      const { clock, machine, done, fail, flow, knocked } = rig({ random: () => random.next() });
      let isWaiting = false;
      for (const name of events) {
        const before = done.length;
        if (name === "flow") {
          flow();
        } else if (name === "answered" || name === "unanswered") {
          knocked(name === "answered");
        } else if (name === "wait") {
          clock.advance(30_000_000);
        } else {
          fail(name as ReconnectTrouble);
          isWaiting = true;
        }
        isWaiting &&= !done.slice(before).some(({ kind }) => kind === "open");
        expect(machine.deadlineUs === undefined).toBe(!isWaiting);
        expect((machine.deadlineUs ?? 0) - clock.nowUs()).toBeLessThanOrEqual(30_000_000);
      }
    }),
  );
});
