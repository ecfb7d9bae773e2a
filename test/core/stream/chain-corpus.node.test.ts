// What the compiler says of a chain is what start() says of it: a corpus of chains that must not compile, with the reason
// that the compiler gives, and 200 seeded ones, written to one file and compiled once.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import type { Processor, SinkObject, Source } from "../../../src/core/stream/adapter.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../../src/core/stream/media-packet.js";
import type { Packet, PacketKind } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
import { SeededRandom } from "../../sim/seeded-random.js";
import { Note, note } from "./kit.js";

const SEED = 20_261_128;
const CHAINS = 200;
const NONE_REACHES = "takes none of the packet kinds that reach it";

const HEAD = `
import type { Processor, Source } from "../../../src/core/stream/adapter.js";
import { AudioFrame, EncodedAudio, EncodedVideo, VideoFrame } from "../../../src/core/stream/media-packet.js";
import type { AudioFramePacket, EncodedAudioPacket, EncodedVideoPacket, VideoFramePacket } from "../../../src/core/stream/media-packet.js";
import type { HopContract } from "../../../src/core/stream/hop/hop-contract.js";
import type { HopPort } from "../../../src/core/stream/hop/hop-port.js";
import type { Packet, PacketKind } from "../../../src/core/stream/packet.js";
import { PacketStream } from "../../../src/core/stream/packet-stream.js";
import { RawPacket } from "../../../src/core/stream/raw-packet.js";
const Raw = RawPacket.kind;
declare function source<P extends Packet>(...emits: readonly PacketKind<P>[]): Source<P>;
declare function stage<In extends Packet, Out extends Packet>(accepts: readonly PacketKind<In>[], emits: readonly PacketKind<Out>[]): Processor<In, Out>;
declare function sink<In extends Packet>(...accepts: readonly PacketKind<In>[]): { readonly accepts: readonly PacketKind<In>[]; write(packet: In): void };
declare const port: HopPort;
declare function contract<To extends Packet, Back extends Packet>(to: readonly PacketKind<To>[], back: readonly PacketKind<Back>[]): HopContract<To, Back>;
const queue = { capacity: 1, whenFull: "drop-oldest" } as const;
`;

/** Compiles `lines` behind the head and answers what is wrong with each: message and column. */
function compile(lines: readonly string[]): readonly (readonly Wrong[])[] {
  const file = fileURLToPath(new URL("./written-chains.ts", import.meta.url));
  const head = HEAD.trimStart();
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const text = `${head}${lines.join("\n")}\n`;
  const platform = fileURLToPath(new URL("../../../src/core/platform.d.ts", import.meta.url));
  const program = ts.createProgram([file, platform], options, {
    ...host,
    fileExists: (name) => name === file || host.fileExists(name),
    getSourceFile: (name, version) =>
      name === file ? ts.createSourceFile(name, text, version, true) : host.getSourceFile(name, version),
  });
  const found = lines.map((): Wrong[] => []);
  const written = program.getSourceFile(file);
  const headLines = head.split("\n").length - 1;
  for (const { start = 0, messageText } of program.getSemanticDiagnostics(written)) {
    const { line = 0, character = 0 } = written?.getLineAndCharacterOfPosition(start) ?? {};
    const flat = ts.flattenDiagnosticMessageText(messageText, "\n");
    expect(line, flat).toBeGreaterThanOrEqual(headLines);
    found[line - headLines].push({ text: flat, column: character });
  }
  return found;
}

/** [why, the chain, what the compiler says] */
const corpus: readonly (readonly [string, string, string])[] = [
  ["a video encoder behind raw bytes", "source(Raw)).via(stage([VideoFrame], [EncodedVideo]))", NONE_REACHES],
  [
    "a second encoder behind the one that took all frames",
    "source(VideoFrame)).via(stage([VideoFrame], [EncodedVideo])).via(stage([VideoFrame], [EncodedVideo]))",
    NONE_REACHES,
  ],
  ["encoded sound where raw sound is wanted", "source(EncodedAudio)).via(stage([AudioFrame], [Raw]))", NONE_REACHES],
  ["raw sound where encoded sound is wanted", "source(AudioFrame)).via(stage([EncodedAudio], [Raw]))", NONE_REACHES],
  ["video where sound is wanted", "source(EncodedVideo)).via(stage([EncodedAudio, AudioFrame], [Raw]))", NONE_REACHES],
  [
    "a stage behind a queue that does not change what passes",
    "source(Raw)).queue(queue).via(stage([EncodedVideo], [Raw]))",
    NONE_REACHES,
  ],
  [
    "a branch's stage that takes nothing of what passes its place",
    'source(VideoFrame)).via(stage([VideoFrame], [EncodedVideo])).branch("b").via(stage([VideoFrame], [Raw]))',
    NONE_REACHES,
  ],
  ["a hop of which nothing crosses", "source(Raw)).hop(port, contract([VideoFrame], [EncodedVideo]))", NONE_REACHES],
  [
    "a stage behind a hop that waits for what stays in the worker",
    "source(VideoFrame)).hop(port, contract([VideoFrame], [EncodedVideo])).via(stage([VideoFrame], [Raw]))",
    NONE_REACHES,
  ],
  [
    "a stage that takes nothing of the stream that is its source",
    'new PacketStream<RawPacket>({ name: "first" }).asSource()).via(stage([VideoFrame], [Raw]))',
    NONE_REACHES,
  ],
  [
    "a number in the middle of a sentence, which checks no kinds any more, and then a sink of one kind",
    "source(Raw)).attach(stage([Raw], [Raw]), { order: 10 }).to((packet: RawPacket) => void packet)",
    "missing the following properties from type 'RawPacket'",
  ],
  [
    "a processor whose retention is none",
    'source(Raw)).via({ ...stage([Raw], [Raw]), retention: "mine" })',
    "Type '\"mine\"' is not assignable",
  ],
  ["a sink that waits for what never comes", "source(VideoFrame)).to(sink(EncodedVideo))", NONE_REACHES],
  [
    "a sink that waits for what a stage took",
    "source(VideoFrame, AudioFrame)).via(stage([AudioFrame], [EncodedAudio])).to(sink(AudioFrame))",
    NONE_REACHES,
  ],
  [
    "a sink without a choice that takes one of two kinds",
    "source<VideoFramePacket | AudioFramePacket>(VideoFrame, AudioFrame)).to((packet: VideoFramePacket) => void packet)",
    "not assignable to type 'VideoFramePacket'",
  ],
  ["an external source that has only start()", 'source(Raw), { lifecycle: "external" })', "connect"],
  ["an invented lifecycle", 'source(Raw), { lifecycle: "mine" })', "lifecycle"],
  ["an invented policy", 'source(Raw)).queue({ capacity: 1, whenFull: "wait" })', '"wait"'],
  ["a queue without a policy", "source(Raw)).queue({ capacity: 1 })", "whenFull"],
  ["an invented way to fail", 'source(Raw)).branch("b", { failure: "maybe" })', '"maybe"'],
];

type KindName = "Raw" | "VideoFrame" | "AudioFrame" | "EncodedVideo" | "EncodedAudio";
const kinds: Readonly<Record<KindName, PacketKind<Packet>>> = {
  Raw: RawPacket.kind,
  VideoFrame,
  AudioFrame,
  EncodedVideo,
  EncodedAudio,
};
const kindNames = Object.keys(kinds) as readonly KindName[];

type Link =
  | { readonly type: "source"; readonly emits: readonly KindName[] }
  | { readonly type: "stage"; readonly accepts: readonly KindName[]; readonly emits: readonly KindName[] }
  | { readonly type: "sink"; readonly accepts: readonly KindName[] }
  | { readonly type: "open sink" }
  | { readonly type: "queue" };

function seededChains(): readonly (readonly Link[])[] {
  const random = new SeededRandom(SEED);
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)];
  const some = (): readonly KindName[] => {
    const first = pick(kindNames);
    const second = pick(kindNames);
    return random.integer(3) > 0 || first === second ? [first] : [first, second];
  };
  const link = (): Link => {
    switch (random.integer(6)) {
      case 0:
        return { type: "queue" };
      case 1:
        return { type: "sink", accepts: some() };
      case 2:
        return { type: "open sink" };
      default:
        return { type: "stage", accepts: some(), emits: some() };
    }
  };
  return Array.from({ length: CHAINS }, () => {
    const sources = Array.from({ length: 1 + random.integer(2) }, (): Link => ({ type: "source", emits: some() }));
    return [...sources, ...Array.from({ length: random.integer(5) }, link)];
  });
}

/** A call for each link, as a program writes it. */
function write(link: Link): string {
  switch (link.type) {
    case "source":
      return `.source(source<${link.emits.map((name) => `PacketOf${name}`).join(" | ")}>(${link.emits}))`;
    case "stage":
      return `.via(stage<${typesOf(link.accepts)}, ${typesOf(link.emits)}>([${link.accepts}], [${link.emits}]))`;
    case "sink":
      return `.to(sink<${typesOf(link.accepts)}>(${link.accepts}))`;
    case "open sink":
      return ".to((packet: Packet) => void packet)";
    case "queue":
      return ".queue(queue)";
  }
}

function typesOf(names: readonly KindName[]): string {
  return names.map((name) => `PacketOf${name}`).join(" | ");
}

const TYPES = kindNames
  .map((name) => `type PacketOf${name} = ${name === "Raw" ? "RawPacket" : `${name}Packet`};`)
  .join(" ");

/** The same chain, built. */
function build(chain: readonly Link[]): PacketStream<Packet> {
  let stream = new PacketStream<Packet>({ name: "s" });
  for (const [index, link] of chain.entries()) {
    const name = `link ${index}`;
    const of = (names: readonly KindName[]): readonly PacketKind<Packet>[] => names.map((one) => kinds[one]);
    switch (link.type) {
      case "source":
        stream = stream.source(sourceOf(name, of(link.emits)));
        break;
      case "stage":
        stream = stream.via(stageOf(name, of(link.accepts), of(link.emits)));
        break;
      case "sink":
        stream = stream.to({ name, accepts: of(link.accepts), write: () => {} });
        break;
      case "open sink":
        stream = stream.to({ name, write: () => {} } satisfies SinkObject<Packet>);
        break;
      case "queue":
        stream = stream.queue({ capacity: 1, whenFull: "drop-oldest" });
        break;
    }
  }
  return stream;
}

function sourceOf(name: string, emits: readonly PacketKind<Packet>[]): Source<Packet> & { emit(packet: Packet): void } {
  let emit: (packet: Packet) => void = () => {};
  return {
    name,
    retention: "borrowed",
    emits,
    start: (given) => {
      emit = given;
    },
    stop: () => {},
    emit: (packet) => emit(packet),
  };
}

function stageOf(
  name: string,
  accepts: readonly PacketKind<Packet>[],
  emits: readonly PacketKind<Packet>[],
): Processor<Packet, Packet> {
  return { name, retention: "borrowed", accepts, emits, process: () => {} };
}

type Wrong = { readonly text: string; readonly column: number };

const START = 'new PacketStream({ name: "s" })';
const chains = seededChains();
const calls = chains.map((chain) => chain.map(write));
/** What the compiler says of each chain of the corpus. */
let refusals: readonly (readonly Wrong[])[] = [];
/** Which link of a seeded chain the compiler refuses, if any. */
let compiled: readonly (number | "fits")[] = [];

beforeAll(() => {
  const refused = corpus.map(([, chain]) => `${START}.source(${chain};`);
  const written = calls.map((chain) => `${START}${chain.join("")};`);
  const [types, ...found] = compile([TYPES, ...refused, ...written]);
  expect(types).toEqual([]);
  refusals = found.slice(0, corpus.length);
  compiled = found.slice(corpus.length).map((wrong, index) => {
    for (const { text } of wrong) {
      expect(text).toContain(NONE_REACHES);
    }
    return wrong.length === 0 ? "fits" : linkAt(calls[index], Math.min(...wrong.map(({ column }) => column)));
  });
}, 180_000);

/** Which call of a written chain a column lies in. */
function linkAt(chain: readonly string[], column: number): number {
  let end = START.length;
  return chain.findIndex((call) => {
    end += call.length;
    return column < end;
  });
}

describe("a chain that must not compile says why", () => {
  test.for(corpus.map(([why, , reason], index) => [why, reason, index] as const))("%s", ([, reason, index]) => {
    expect(refusals[index].map(({ text }) => text).join("\n")).toContain(reason);
  });
});

describe(`${CHAINS} chains of seed ${SEED}`, () => {
  test("fit or do not, at the same link, for the compiler and for start()", async () => {
    const started: (number | "fits")[] = [];
    for (const chain of chains) {
      const stream = build(chain);
      try {
        await stream.start();
        started.push("fits");
      } catch (error) {
        expect(error).toMatchObject({ code: "stream/no-packets" });
        expect(stream.state).toBe("none");
        started.push(Number(/^"link (\d+)"/.exec((error as Error).message)?.[1]));
      }
      await stream.close();
    }
    expect(started).toEqual(compiled);
  });

  test("are both in numbers: some fit, some do not", () => {
    const fitting = compiled.filter((verdict) => verdict === "fits").length;
    expect(fitting).toBeGreaterThan(CHAINS / 5);
    expect(fitting).toBeLessThan((4 * CHAINS) / 5);
  });

  test("let foreign packets pass by: what no stage accepts reaches an open sink untouched", async () => {
    let passed = 0;
    for (const [index, chain] of chains.entries()) {
      if (compiled[index] !== "fits" || chain.some(({ type }) => type === "queue")) {
        continue;
      }
      const got: Packet[] = [];
      const stream = build(chain).to((packet: Packet) => got.push(packet));
      const foreign = note("foreign");
      await stream.start();
      stream.write(foreign);
      expect(got).toEqual([foreign]);
      expect(got[0].kind).toBe(Note);
      passed++;
      await stream.close();
    }
    expect(passed).toBeGreaterThan(20);
  });
});
