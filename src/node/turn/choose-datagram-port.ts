// Which way datagrams go: in batches where koffi can call the system and what comes back is right, by node:dgram otherwise.
import { FloeError } from "../../core/error/floe-error.js";
import type { DatagramPort, DatagramPortOptions } from "./datagram-port.js";
import { DgramPort } from "./dgram-port.js";
import { KoffiPort } from "./koffi-port.js";
import { type KoffiImporter, type LinuxCalls, loadLinuxCalls } from "./linux-calls.js";
import { probeLinuxCalls } from "./probe-linux-calls.js";

/** The way that was chosen. */
export type DatagramWay = {
  open(options: DatagramPortOptions): DatagramPort;
  /** Why it is not koffi although it might have been; undefined otherwise. */
  readonly reason: FloeError | undefined;
};

/** The calls, and whether the system also cuts messages into datagrams. */
type Checked = { readonly calls: LinuxCalls; readonly canSegment: boolean };

let checked: Promise<Checked> | undefined;

/** Throws `turn/no-koffi` when koffi is asked for and cannot be had; `auto` takes node:dgram then. */
export async function chooseDatagramPort(
  wish: "auto" | "koffi" | "dgram" = "auto",
  importer?: KoffiImporter,
): Promise<DatagramWay> {
  if (wish !== "dgram") {
    try {
      const system = await (importer === undefined ? checkedOnce() : check(importer));
      return { open: (options) => new KoffiPort(options, system), reason: undefined };
    } catch (error) {
      if (wish === "koffi" || !(error instanceof FloeError)) {
        throw error;
      }
      return { open: (options) => new DgramPort(options), reason: error };
    }
  }
  return { open: (options) => new DgramPort(options), reason: undefined };
}

/** What works once in a process works always; what does not may later, when the package is there. */
function checkedOnce(): Promise<Checked> {
  checked ??= check().catch((error: unknown) => {
    checked = undefined;
    throw error;
  });
  return checked;
}

async function check(importer?: KoffiImporter): Promise<Checked> {
  const calls = await loadLinuxCalls(importer);
  const { areRight, canSegment } = probeLinuxCalls(calls);
  if (!areRight) {
    throw new FloeError("turn/no-koffi", "recvmmsg and sendmmsg do not work here as they should", {
      fix: "Leave turn.sockets at auto.",
    });
  }
  return { calls, canSegment };
}
