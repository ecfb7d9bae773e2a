// A TURN client's data connection in Node (RFC 6062): a stream of its own to the server, and from ConnectionBind on a pipe to the peer.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MachineDriver } from "../../../core/net/machine-driver.js";
import { describeStunServer, type StunServerUrl } from "../../../core/stun/server-url.js";
import type { TurnDataMachine } from "../../../core/turn/client/turn-data-machine.js";
import { turnError } from "../../../core/turn/client/turn-error.js";
import type { StepBounds } from "../../net/link-step.js";
import { type LinkTls, openStream } from "../../net/open-stream.js";
import type { HostAddress } from "../../net/resolve-host.js";

/** Opens one and binds it. The stream is the caller's; its end is the peer's. Rejects as `openStream` does, and with `turn/…`. */
export async function openDataStream(
  url: StunServerUrl,
  at: HostAddress,
  machine: TurnDataMachine,
  { bounds, tls }: { readonly bounds: StepBounds; readonly tls?: LinkTls | undefined },
): Promise<Duplex> {
  const socket = await openStream(url, at, { bounds, tls });
  try {
    await bind(socket, url, machine, bounds);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

function bind(socket: Socket, url: StunServerUrl, machine: TurnDataMachine, bounds: StepBounds): Promise<void> {
  const { clock, signal } = bounds;
  return new Promise((resolve, reject) => {
    const driver = new MachineDriver(machine, clock, (output) => {
      switch (output.kind) {
        case "send":
          socket.write(output.bytes);
          break;
        case "joined":
          over();
          if (output.early.length > 0) {
            socket.unshift(output.early);
          }
          resolve();
          break;
        case "failed":
          over();
          reject(turnError(output.reason, describeStunServer(url)));
          break;
        default:
          output satisfies never;
      }
    });
    // Read piece by piece, not by "data" events: what comes behind the answer waits for whoever reads the pipe.
    const readable = (): void => {
      const bytes = socket.read() as Buffer | null;
      if (bytes !== null) {
        driver.handle({ kind: "received", bytes });
      }
    };
    const closed = (): void => driver.handle({ kind: "closed" });
    const aborted = (): void => {
      over();
      reject(signal?.reason);
    };
    const over = (): void => {
      driver.close();
      socket.off("readable", readable).off("close", closed);
      signal?.removeEventListener("abort", aborted);
    };
    socket.on("readable", readable).on("close", closed);
    signal?.addEventListener("abort", aborted);
    driver.handle({ kind: "start" });
  });
}
