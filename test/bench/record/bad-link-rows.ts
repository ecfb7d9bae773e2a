// How much of what is sent over a bad link is in the file: 2 % of the packets are lost each way and all take 40 ms, between two
// networks of the kernel. A raw publisher and Chromium at once.
import { execFile } from "node:child_process";
import { basename } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { PublisherStatus } from "../../../src/node/server/modes/record/publisher-status.js";
import { playBack } from "../../node/record/play-back.js";
import type { PublisherGlobal } from "../../publisher-page/publisher-page.js";
import { requireChromium } from "../../setup/chromium.mjs";
import { FloeProcess } from "../../setup/floe-process.js";
import { Network } from "../../setup/network-namespaces.js";
import { buildPublisherPage, launchChromium } from "../../setup/viewer-page.js";
import type { Row } from "../lib/row.js";
import { peerOf, type RecordBench, recordingsIn } from "./record-server.js";

const [SERVER, PUBLISHER] = ["10.77.0.1", "10.77.0.2"];
const URL = `http://${SERVER}:4500/`;
const TOKEN = "for-a-bench-only";
const LENGTH_MS = 20_000;
const [RAW, CHROMIUM] = ["raw", "chromium"];

/** Takes half a minute. */
export async function badLinkRows(bench: RecordBench): Promise<Row[]> {
  const page = await buildPublisherPage();
  await using network = await Network.create(["server", "publisher"]);
  await network.badLink(
    { namespace: "server", address: `${SERVER}/24` },
    { namespace: "publisher", address: `${PUBLISHER}/24` },
    { lossPercent: 2, delayMs: 40 },
  );
  const folder = bench.folder("bad-link");
  const server = await FloeProcess.start(
    ["serve", "--mode", "record", "--record-dir", folder, "--host", SERVER, "--port", "4500"],
    {
      env: { FLOE_AUTH_TOKEN: TOKEN, FLOE_WEBRTC_BIND_ADDRESS: SERVER, FLOE_TURN: "false", FLOE_WEB_ROOT: page.folder },
      command: (program, args) => network.command("server", program, args),
    },
  );
  const browser = await launchChromium(
    [
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream=fps=30",
      `--unsafely-treat-insecure-origin-as-secure=${URL}`,
    ],
    network.launcher("publisher", requireChromium()),
  );
  try {
    const publishers = await bench.publishers(
      URL,
      { names: [RAW], bindAddress: PUBLISHER, token: TOKEN },
      (program, args) => network.command("publisher", program, args),
    );
    const tab = await browser.newPage();
    await tab.goto(URL);
    await tab.evaluate(
      ([user, token]) => (globalThis as unknown as PublisherGlobal).publisher.publish({ user, token }),
      [CHROMIUM, TOKEN],
    );
    await pause(LENGTH_MS);
    const {
      publishers: [raw],
    } = await publishers.finish();
    const { publishers: statuses } = (await sessionsOf(network)) as { publishers: readonly PublisherStatus[] };
    const framesSent = await tab.evaluate(async () => {
      const { publisher } = globalThis as unknown as PublisherGlobal;
      const { framesSent } = await publisher.counts();
      publisher.hangup();
      return framesSent;
    });
    await publishers.stop();
    await pause(500);
    await server.close();
    const rows: Row[] = [];
    for (const [name, sent] of [
      [RAW, raw.counters.pictures],
      [CHROMIUM, framesSent],
    ] as const) {
      const path = recordingsIn(folder).find((file) => peerOf(basename(file)) === name) ?? "";
      const status = statuses.find(({ peer }) => peer.startsWith(`${name}|`))?.video;
      const { video } = await playBack(path);
      rows.push(
        {
          id: `2 % lost, 40 ms, ${name}: pictures in the file, of those sent`,
          unit: "%",
          ours: (100 * (video?.frames ?? 0)) / sent,
          goal: { of: "ours", atLeast: 99 },
        },
        {
          id: `${name}: packets asked for`,
          unit: "packets",
          ours: status?.nackedPackets ?? 0,
          goal: { of: "ours", atLeast: 1 },
        },
        {
          id: `${name}: packets that came again`,
          unit: "packets",
          ours: status?.rtxPackets ?? 0,
          goal: { of: "ours", atLeast: 1 },
        },
        { id: `${name}: decoder errors`, unit: "errors", ours: video?.errors ?? 1, goal: { of: "ours", atMost: 0 } },
      );
    }
    return rows;
  } finally {
    await browser.close();
    await server.close();
    page.remove();
  }
}

/** The server's sessions, asked from its own network. */
async function sessionsOf(network: Network): Promise<unknown> {
  const ask = `fetch("${URL}api/status", { headers: { authorization: "Bearer ${TOKEN}" } }).then((r) => r.text()).then(console.log)`;
  const { stdout } = await promisify(execFile)(...network.command("server", process.execPath, ["-e", ask]));
  return (JSON.parse(stdout) as { sessions: unknown }).sessions;
}
