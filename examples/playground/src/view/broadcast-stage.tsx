// The camera before and while it is recorded: the picture, what is going on in words, the buttons, the choice of devices.
import { useEffect, useRef } from "preact/hooks";
import { call, elapsedMs, ownInfo, startBroadcast, stopBroadcast } from "../model/broadcast.js";
import { type BroadcastWords, broadcastWords, isCalling } from "../model/broadcast-words.js";
import { captureState, closeCapture, deviceChoice, openCapture, unavailable } from "../model/capture.js";
import { NONE } from "../model/device-choice.js";
import { busyId, listTrouble, setPaused } from "../model/recordings.js";
import { linkState } from "../model/server-link.js";
import { DeviceChoice } from "./device-choice.js";
import { NoCamera } from "./no-camera.js";

/** What the browser's tab says, for who has gone to another one. */
const TITLES: { readonly [state in BroadcastWords["state"]]?: string } = {
  recording: "● Recording · Floe",
  paused: "Paused · Floe",
  failed: "Not recording · Floe",
};

/** The left half of the page. */
export function BroadcastStage() {
  if (unavailable !== undefined) {
    return (
      <section class="stage" aria-label="Broadcast">
        <NoCamera fault={unavailable} />
      </section>
    );
  }
  const words = broadcastWords({
    capture: captureState.value,
    call: call.value,
    recording: ownInfo.value,
    elapsedMs: elapsedMs.value,
    isOnline: linkState.value.kind === "online",
    hasNothing: hasNothing(),
    listTrouble: listTrouble.value,
  });
  return (
    <section class="stage" aria-label="Broadcast">
      <Preview words={words} />
      <p class="state" data-testid="broadcast" data-state={words.state}>
        <span class="dot" aria-hidden="true" />
        <span>
          {/* The time ticks beside what is announced, not in it. */}
          <span role="status">
            <strong>{words.title}</strong> {words.detail}
          </span>{" "}
          <span class="progress">{words.progress}</span>
        </span>
      </p>
      <Buttons />
      <DeviceChoice />
    </section>
  );
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = "Floe";
    };
  }, [title]);
}

function Preview({ words }: { readonly words: BroadcastWords }) {
  const video = useRef<HTMLVideoElement>(null);
  useTitle(TITLES[words.state] ?? "Floe");
  const capture = captureState.value;
  const stream = capture.kind === "on" ? capture.stream : null;
  const hasPicture = stream !== null && stream.getVideoTracks().length > 0;
  useEffect(() => {
    if (video.current !== null) {
      video.current.srcObject = stream;
    }
  }, [stream]);
  return (
    <div class="preview" data-testid="preview" data-state={words.state}>
      <video
        ref={video}
        muted
        autoplay
        playsInline
        disablePictureInPicture
        aria-label="Your camera, as it is sent"
        hidden={!hasPicture}
        data-testid="preview-video"
      />
      {!hasPicture && (
        <p class="blank" data-testid="preview-blank">
          <svg
            width="44"
            height="44"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.5"
            aria-hidden="true"
          >
            <rect x="2.5" y="6.5" width="12.5" height="11" rx="2.5" />
            <path d="m15 10.8 5.1-3a.9.9 0 0 1 1.4.8v6.8a.9.9 0 0 1-1.4.8l-5.1-3" />
          </svg>
          {stream === null ? "The camera is off." : "Sound only."}
        </p>
      )}
      {words.progress !== "" && (
        <p class="tally" aria-hidden="true" data-testid="tally" data-state={words.state}>
          <span class="dot" />
          {words.state === "paused" ? "Paused" : "REC"} <span class="progress">{words.progress}</span>
        </p>
      )}
    </div>
  );
}

function hasNothing(): boolean {
  const { camera, microphone } = deviceChoice.value;
  return camera === NONE && microphone === NONE;
}

function Buttons() {
  const isLive = isCalling(call.value);
  const capture = captureState.value;
  const info = ownInfo.value;
  const isPaused = info?.state === "paused";
  const canPause = isLive && info !== undefined && (isPaused || info.state === "recording");
  return (
    <p class="buttons main-buttons">
      {/* One element for both, so that the keyboard's focus stays where it is. */}
      <button
        type="button"
        class={isLive ? "big stop" : "big primary"}
        data-testid={isLive ? "stop" : "start"}
        disabled={!isLive && (linkState.value.kind !== "online" || capture.kind === "asking" || hasNothing())}
        onClick={() => (isLive ? stopBroadcast() : void startBroadcast())}
      >
        <span class="sign" aria-hidden="true" />
        {isLive ? "Stop" : "Broadcast"}
      </button>
      {canPause && (
        <button
          type="button"
          class="big"
          data-testid={isPaused ? "resume" : "pause"}
          disabled={busyId.value === info.id}
          onClick={() => void setPaused(info.id, !isPaused)}
        >
          {isPaused ? "Resume" : "Pause"}
        </button>
      )}
      {!isLive && (
        <button
          type="button"
          class="big"
          data-testid={capture.kind === "on" ? "preview-off" : "preview-on"}
          disabled={capture.kind === "asking" || hasNothing()}
          onClick={() => (capture.kind === "on" ? closeCapture() : void openCapture())}
        >
          {capture.kind === "on" ? "Switch off" : "Preview"}
        </button>
      )}
    </p>
  );
}
