// The life of a stream against a model of it: whatever the order of the verbs, state, packets and sources agree.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import type { RawPacket } from "../../../src/core/stream/raw-packet.js";
import type { StreamState } from "../../../src/core/stream/stream-state.js";
import { SEEDS } from "../../sim/seeds.js";
import { raw, rawSource, Tag, textOf, turns } from "./kit.js";

/** What a stream should be; written down anew, not taken from its table. */
type Model = {
  state: StreamState;
  /** Its sources have been started and not stopped. */
  isRunning: boolean;
  readonly got: string[];
  starts: number;
  stages: number;
  readonly autoStart: boolean;
  readonly closeOnError: boolean;
};

type Real = {
  readonly stream: PacketStream<RawPacket>;
  readonly got: string[];
  readonly log: string[];
  readonly heard: StreamState[];
};

type Command = fc.AsyncCommand<Model, Real>;

const verbs = ["start", "pause", "resume", "stop", "close", "lock", "reset", "attach", "detach"] as const;
type Verb = (typeof verbs)[number];

function begin(model: Model): void {
  model.state = "active";
  if (!model.isRunning) {
    model.isRunning = true;
    model.starts += model.stages > 0 ? 1 : 0;
  }
}

/** Moves the model on. False when the verb is refused. */
function move(model: Model, verb: Verb): boolean {
  const { state } = model;
  const isNew = state === "none";
  switch (verb) {
    case "start":
      if (state === "closed" || state === "error") {
        return false;
      }
      begin(model);
      return true;
    case "pause":
      if (state !== "closed" && state !== "error") {
        model.state = "paused";
      }
      return true;
    case "resume":
      if (state === "paused") {
        begin(model);
      }
      return true;
    case "stop":
      if (state !== "closed") {
        model.state = "stopped";
        model.isRunning = false;
      }
      return true;
    case "close":
      if (isNew) {
        model.stages = 0;
      } else {
        model.state = "closed";
        model.isRunning = false;
      }
      return true;
    case "lock":
      model.state = isNew ? "locked" : state;
      return true;
    case "reset":
      if (!isNew && state !== "closed") {
        return false;
      }
      model.state = "none";
      model.stages = 0;
      return true;
    case "attach":
    case "detach":
      return isNew || state === "stopped";
  }
}

function ask({ stream }: Real, verb: Verb): unknown {
  switch (verb) {
    case "attach": {
      const stage = new Tag("");
      stream.attach(stage);
      return stream.detach(stage);
    }
    case "detach":
      return stream.detach({});
    default:
      return stream[verb]();
  }
}

class Ask implements Command {
  readonly #verb: Verb;

  constructor(verb: Verb) {
    this.#verb = verb;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const before = model.state;
    const isLockRefused = this.#verb === "lock" && before !== "none";
    if (move(model, this.#verb)) {
      const answer = await ask(real, this.#verb);
      if (isLockRefused) {
        expect(answer).toBe(false);
      }
    } else {
      const code = this.#verb === "attach" || this.#verb === "detach" ? "stream/active" : "stream/state";
      await expect((async () => ask(real, this.#verb))()).rejects.toMatchObject({ code });
    }
    compare(model, real);
  }

  toString(): string {
    return this.#verb;
  }
}

class Write implements Command {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    if (model.state === "none" && model.autoStart) {
      begin(model);
    }
    if (model.state === "active" && model.stages > 0) {
      if (this.#text === "!") {
        model.state = model.closeOnError ? "closed" : "error";
        model.isRunning = model.isRunning && !model.closeOnError;
      } else {
        model.got.push(this.#text);
      }
    }
    real.stream.write(raw(this.#text));
    if (model.state === "closed") {
      await real.stream.closed;
    }
    compare(model, real);
  }

  toString(): string {
    return `write ${this.#text}`;
  }
}

function compare(model: Model, { stream, got, log, heard }: Real): void {
  expect(stream.state).toBe(model.state);
  expect(got).toEqual(model.got);
  const count = (what: string): number => log.filter((line) => line === what).length;
  expect(count("source.start")).toBe(model.starts);
  if (!model.isRunning) {
    expect(count("source.stop")).toBe(model.starts);
  }
  // Whoever listens hears of every change, and the last that was told is the present one.
  expect(heard.at(-1) ?? "none").toBe(model.state);
}

function makeReal(autoStart: boolean, closeOnError: boolean): Real {
  const [got, log, heard]: [string[], string[], StreamState[]] = [[], [], []];
  const stream = new PacketStream<RawPacket>({ name: "s", autoStart, closeOnError });
  stream.source(rawSource({ log })).to((packet) => {
    if (textOf(packet) === "!") {
      throw new Error("boom");
    }
    got.push(textOf(packet));
  });
  stream.failed.on(() => {});
  stream.stateChanged.on((state) => heard.push(state));
  return { stream, got, log, heard };
}

const commands = fc.commands<Model, Real, false>(
  [
    fc.constantFrom(...verbs).map((verb) => new Ask(verb)),
    fc.constantFrom("a", "b", "c", "!").map((text) => new Write(text)),
  ],
  { maxCommands: 30 },
);

describe("the life of a stream", () => {
  test.for(SEEDS)("is what its model says, whatever the order of the verbs (%s)", async ([, parameters]) => {
    await fc.assert(
      fc.asyncProperty(commands, fc.boolean(), fc.boolean(), async (steps, autoStart, closeOnError) => {
        await fc.asyncModelRun(
          (): { model: Model; real: Real } => ({
            model: { state: "none", isRunning: false, got: [], starts: 0, stages: 1, autoStart, closeOnError },
            real: makeReal(autoStart, closeOnError),
          }),
          steps,
        );
      }),
      { ...parameters, numRuns: 300 },
    );
  });

  test.for(SEEDS)("comes to its end when nobody waits for anything (%s)", async ([, parameters]) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...verbs, "write" as const), fc.integer({ min: 0, max: 4 })), {
          maxLength: 25,
        }),
        async (steps) => {
          const { stream, got, log } = makeReal(false, true);
          const running = (): number => {
            const count = (what: string): number => log.filter((line) => line === what).length;
            return count("source.start") - count("source.stop");
          };
          let written = 0;
          for (const [verb, pauseTurns] of steps) {
            if (verb === "write") {
              stream.write(raw(`${written++}`));
            } else {
              (async () => ask({ stream, got, log, heard: [] }, verb))().catch((error) => {
                expect(error.code).toMatch(/^stream\/(state|active)$/);
              });
            }
            await turns(pauseTurns);
            // A source is never started twice, nor stopped without a start.
            expect([0, 1]).toContain(running());
          }
          await stream.close();
          expect(["none", "closed"]).toContain(stream.state);
          expect(running()).toBe(0);
          expect(got.map(Number)).toEqual([...got.map(Number)].sort((a, b) => a - b));
        },
      ),
      { ...parameters, numRuns: 300 },
    );
  });
});
