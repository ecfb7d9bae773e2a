// Which library is taken, and what is said when it is not the one that would be better.
import { expect, test } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { FloeError } from "../../../src/core/error/floe-error.js";
import { acquireTransport, type TransportLoaders } from "../../../src/node/webrtc/acquire-transport.js";
import type { TransportLibrary } from "../../../src/node/webrtc/transport-library.js";

const missing = (name: string) => () =>
  Promise.reject(new FloeError("webrtc/not-installed", `the package ${name} is missing`));
const present = (name: TransportLibrary["name"]) => () => Promise.resolve({ name } as TransportLibrary);
const both: TransportLoaders = { "node-datachannel": present("node-datachannel"), werift: present("werift") };

function listening(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { logger: new Logger({ sink: (line) => void lines.push(line), wallUs: () => 0, level: "warn" }), lines };
}

test("auto takes node-datachannel, and a library that is asked for by name is the one that is taken", async () => {
  const { logger, lines } = listening();
  for (const [choice, name] of [
    ["auto", "node-datachannel"],
    ["node-datachannel", "node-datachannel"],
    ["werift", "werift"],
  ] as const) {
    const { library, instead } = await acquireTransport(choice, logger, both);
    expect([library.name, instead]).toEqual([name, undefined]);
  }
  expect(lines).toEqual([]);
});

test("where it cannot be loaded auto takes werift, and says why and what that costs", async () => {
  const { logger, lines } = listening();
  const { library, instead } = await acquireTransport("auto", logger, {
    ...both,
    "node-datachannel": missing("node-datachannel"),
  });
  expect(library.name).toBe("werift");
  expect(instead).toBe(
    "the package node-datachannel is missing, so werift carries the media: sending takes five times the CPU",
  );
  expect(lines).toEqual([expect.stringContaining("Run `npm install node-datachannel`")]);
});

test("where there is none, or not the one that was asked for, the error says so", async () => {
  const none = { "node-datachannel": missing("node-datachannel"), werift: missing("werift") };
  const { logger } = listening();
  await expect(acquireTransport("auto", logger, none)).rejects.toMatchObject({
    code: "webrtc/not-installed",
    message: "the package node-datachannel is missing, and werift cannot be loaded either",
  });
  await expect(acquireTransport("werift", logger, none)).rejects.toMatchObject({
    message: "the package werift is missing",
  });
});
