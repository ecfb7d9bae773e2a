// Every way of datagrams against one suite, and how the way is chosen.
import { expect, test } from "vitest";
import { chooseDatagramPort } from "../../../src/node/turn/choose-datagram-port.js";
import { DgramPort } from "../../../src/node/turn/dgram-port.js";
import { KoffiPort } from "../../../src/node/turn/koffi-port.js";
import { loadLinuxCalls } from "../../../src/node/turn/linux-calls.js";
import { probeLinuxCalls } from "../../../src/node/turn/probe-linux-calls.js";
import { describeDatagramPort } from "./datagram-port-compliance.js";

describeDatagramPort("dgram without internals", async () => {
  await Promise.resolve();
  return (options) => new DgramPort(options, { useHandles: false });
});
describeDatagramPort("koffi where the system cuts nothing", async () => {
  const calls = await loadLinuxCalls();
  return (options) => new KoffiPort(options, { calls, canSegment: false });
});
for (const way of ["dgram", "koffi"] as const) {
  describeDatagramPort(way, async () => (await chooseDatagramPort(way)).open);
}

const missing = (): Promise<never> => Promise.reject(new Error("Cannot find package 'koffi'"));

test("without koffi, `auto` is node:dgram and says why, and `koffi` is an error with the fix", async () => {
  expect((await chooseDatagramPort("auto", missing)).reason).toMatchObject({ code: "turn/no-koffi" });
  await expect(chooseDatagramPort("koffi", missing)).rejects.toMatchObject({
    code: "turn/no-koffi",
    fix: expect.stringContaining("npm install koffi") as string,
  });
  expect((await chooseDatagramPort("dgram", missing)).reason).toBeUndefined();
});

test("calls that do something else than we believe are found out before they are used", async () => {
  const calls = await loadLinuxCalls();
  expect(probeLinuxCalls(calls).areRight).toBe(true);
  const lies: readonly Partial<typeof calls>[] = [
    { socket: () => -1 },
    { bind: () => -1 },
    { sendmmsg: () => 1 },
    { sendmmsg: () => -1 },
    { recvmmsg: () => 2 },
    { recvmmsg: () => -1 },
    { getsockname: () => 0 },
  ];
  const found = lies.map((lie) => probeLinuxCalls({ ...calls, ...lie }));
  expect(found).toEqual(lies.map(() => ({ areRight: false, canSegment: false })));
});
