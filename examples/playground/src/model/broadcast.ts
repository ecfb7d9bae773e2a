// The broadcast: the page's camera and microphone on their way to the server, and what the server makes of them.
import { computed, effect, signal } from "@preact/signals";
import { describeEnd, type EndReason, type PeerSessionState } from "floe";
import { BrowserSympleClient, type PublishSession, type PublishStats, publish } from "floe/browser";
import { type CallStanding, isCalling } from "./broadcast-words.js";
import { type CaptureState, captureState, openCapture, tellDeviceFault } from "./capture.js";
import { durationNow, ownRecording } from "./own-recording.js";
import { recorderName, rememberedName, rememberName } from "./recorder-name.js";
import { isAwaiting, recordings, refreshRecordings, toldAtMs } from "./recordings.js";
import { serverFacts, serverUrl, tokenInUse } from "./server-link.js";

const SAMPLE_MS = 1000;
const AGAIN = "Press Broadcast to begin another one.";

/** Where the call stands. */
export const call = signal<CallStanding>({ kind: "idle" });
/** The call's latest numbers; undefined while there is none. */
export const publishStats = signal<PublishStats | undefined>(undefined);
/** The name under which recordings are kept, as it was typed. */
export const typedName = signal(rememberedName(window));
/** How long the recording is by now, in milliseconds. */
export const elapsedMs = signal(0);

/** Who broadcasts, and which recordings there were before. */
const run = signal<{ readonly address: string; readonly before: ReadonlySet<string> }>({
  address: "",
  before: new Set(),
});
/** What the server writes of this broadcast, or wrote of the last one. */
export const ownInfo = computed(() =>
  run.value.address === "" ? undefined : ownRecording(recordings.value ?? [], run.value),
);

let session: PublishSession | undefined;
let giveUp = new AbortController();
let lastEnd: EndReason | undefined;

/** Watches over the broadcasts of this page. Answers how to stop, which ends the one that goes on. */
export function followBroadcast(): () => void {
  const endings = [
    effect(() => rememberName(window, typedName.value)),
    effect(() => {
      const { kind } = call.value;
      const info = ownInfo.value;
      const isStarting = kind === "live" && (info === undefined || info.state === "waiting");
      isAwaiting.value = isStarting || (kind === "stopped" && info?.isLive === true);
    }),
    effect(() => sendOther(captureState.value)),
  ];
  const timer = setInterval(sample, SAMPLE_MS);
  const ask = (event: Event): void => {
    if (isCalling(call.value)) {
      event.preventDefault();
    }
  };
  addEventListener("beforeunload", ask);
  return () => {
    stopBroadcast();
    clearInterval(timer);
    removeEventListener("beforeunload", ask);
    for (const end of endings) {
      end();
    }
  };
}

/** Another camera, microphone or screen goes out instead of the last one; when nothing is left, the broadcast is over. */
function sendOther(state: CaptureState): void {
  const live = session;
  if (state.kind === "off" && isCalling(call.peek())) {
    stopBroadcast();
  } else if (state.kind === "on" && live !== undefined) {
    for (const track of state.stream.getTracks().filter((each) => !live.tracks.includes(each))) {
      void live.replaceTrack(track).catch(tellDeviceFault);
    }
  }
}

/** Broadcasts what is chosen; asks for the camera when it is not on yet. Never rejects: trouble is a state. */
export async function startBroadcast(): Promise<void> {
  if (isCalling(call.value)) {
    return;
  }
  const stream = await openCapture();
  if (stream === undefined || isCalling(call.value)) {
    return;
  }
  call.value = { kind: "calling" };
  lastEnd = undefined;
  elapsedMs.value = 0;
  run.value = { address: "", before: new Set() };
  const mine = new AbortController();
  giveUp = mine;
  const user = recorderName(typedName.value);
  const own = new BrowserSympleClient({
    url: serverUrl(),
    token: tokenInUse(),
    user,
    name: user,
    peerType: "publisher",
    rooms: ["public"],
  });
  try {
    await refreshRecordings();
    const before = new Set(recordings.value?.map(({ id }) => id));
    own.changed.on((state) => {
      if (state.kind === "online") {
        run.value = { address: state.peer.address, before };
      }
    });
    const peer = serverFacts.value?.address ?? "";
    session = await publish(stream, { client: own, peer, signal: mine.signal, onState: told });
    // A choice may have been made while it was connecting.
    sendOther(captureState.value);
    const end = await session.ended;
    call.value = mine.signal.aborted ? { kind: "stopped" } : endedBy(end, AGAIN);
  } catch (error) {
    call.value = mine.signal.aborted ? { kind: "stopped" } : faultOf(error);
  } finally {
    session = undefined;
    publishStats.value = undefined;
    own.close();
    await refreshRecordings();
  }
}

/** Ends the broadcast; the server completes the file. */
export function stopBroadcast(): void {
  giveUp.abort();
}

function told(state: PeerSessionState): void {
  if (state.kind === "active") {
    call.value = { kind: "live", isInterrupted: state.interruptedUs !== undefined };
    void refreshRecordings();
  } else if (state.kind === "ending") {
    call.value = { kind: "stopping" };
  } else if (state.kind === "ended") {
    lastEnd = state.reason;
  }
}

function sample(): void {
  const info = ownInfo.value;
  if (info !== undefined && isCalling(call.value)) {
    elapsedMs.value = Math.max(elapsedMs.value, durationNow(info, performance.now() - toldAtMs.value));
  }
  void session?.stats().then((stats) => {
    publishStats.value = session === undefined ? undefined : stats;
  });
}

/** Why it did not begin: the call's own end, when there was a call. */
function faultOf(error: unknown): CallStanding {
  const { code = "", message, fix = "" } = error as { code?: string; message: string; fix?: string };
  return lastEnd === undefined ? { kind: "failed", code, message, fix } : endedBy(lastEnd, fix);
}

/** What the server says when it hangs up is a sentence of its own, with what to do. */
function endedBy(end: EndReason, fix: string): CallStanding {
  const code = `call/${end.code}`;
  const isTold = end.code === "hangup" && end.by === "remote" && !["", "hangup"].includes(end.detail);
  return isTold
    ? { kind: "failed", code, message: end.detail, fix: "" }
    : { kind: "failed", code, message: describeEnd(end), fix };
}
