// The page of a server that records: a camera on its way to the server's disk, and what is there already.
import { useEffect } from "preact/hooks";
import { followBroadcast } from "../model/broadcast.js";
import { followDevices } from "../model/capture.js";
import { followRecordings } from "../model/recordings.js";
import { BroadcastStage } from "./broadcast-stage.js";
import { ConnectionTest } from "./connection-test.js";
import { Network } from "./network.js";
import { Recordings } from "./recordings.js";
import { SentNumbers } from "./sent-numbers.js";

/** The whole view. */
export function Record() {
  useEffect(() => {
    const endings = [followDevices(), followBroadcast(), followRecordings()];
    return () => {
      for (const end of endings) {
        end();
      }
    };
  }, []);
  return (
    <main class="record">
      <BroadcastStage />
      <Recordings />
      <aside>
        <SentNumbers />
        <Network />
        <ConnectionTest />
      </aside>
    </main>
  );
}
