// Which camera, which microphone, and under which name it is kept.
import { useEffect } from "preact/hooks";
import { call, typedName } from "../model/broadcast.js";
import { isCalling } from "../model/broadcast-words.js";
import { canShareScreen, captureState, chooseDevice, deviceChoice, deviceNotice, devices } from "../model/capture.js";
import { cameraOptions, type DeviceOption, microphoneOptions, NONE } from "../model/device-choice.js";
import { DEFAULT_NAME } from "../model/recorder-name.js";
import { followLevel, isSilent, levelDb, meterShare } from "../model/sound-level.js";

/** The fields under the picture. */
export function DeviceChoice() {
  const { cameras, microphones } = devices.value;
  const { camera, microphone } = deviceChoice.value;
  const isLive = isCalling(call.value);
  return (
    <>
      <div class="fields">
        <Choice
          id="camera"
          label="Camera"
          options={cameraOptions(cameras, camera, { canShareScreen })}
          chosen={camera}
          onChoose={(value) => void chooseDevice("video", value)}
        />
        <div>
          <Choice
            id="microphone"
            label="Microphone"
            options={microphoneOptions(microphones, microphone)}
            chosen={microphone}
            onChoose={(value) => void chooseDevice("audio", value)}
          />
          <Meter />
        </div>
        <p class="field">
          <label for="recorder-name">Name</label>
          <input
            id="recorder-name"
            type="text"
            maxLength={60}
            autocomplete="off"
            spellcheck={false}
            placeholder={DEFAULT_NAME}
            disabled={isLive}
            value={typedName.value}
            onInput={({ currentTarget }) => {
              typedName.value = currentTarget.value;
            }}
            data-testid="recorder-name"
          />
        </p>
      </div>
      <p class="notice" role="status" data-testid="device-notice">
        {deviceNotice.value}
        {isSilent.value && deviceNotice.value === "" ? "No sound comes from the microphone. Is it muted?" : ""}
      </p>
    </>
  );
}

/** One list to choose from. */
function Choice({
  id,
  label,
  options,
  chosen,
  onChoose,
}: {
  readonly id: "camera" | "microphone";
  readonly label: string;
  readonly options: readonly DeviceOption[];
  readonly chosen: string;
  readonly onChoose: (value: string) => void;
}) {
  // A call carries the kinds that it began with.
  const isLive = isCalling(call.value);
  return (
    <p class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={chosen}
        disabled={(isLive && chosen === NONE) || captureState.value.kind === "asking"}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
        data-testid={id}
      >
        {options.map(({ value, label: name }) => (
          <option key={value} value={value} disabled={isLive && value === NONE}>
            {name}
          </option>
        ))}
      </select>
    </p>
  );
}

/** How loud the microphone is. Its place is kept while there is none, so that nothing jumps. */
function Meter() {
  const capture = captureState.value;
  const stream = capture.kind === "on" && capture.stream.getAudioTracks().length > 0 ? capture.stream : undefined;
  useEffect(() => (stream === undefined ? undefined : followLevel(stream)), [stream]);
  const share = meterShare(levelDb.value);
  return (
    <meter
      class="meter"
      aria-label="Level of the microphone"
      min={0}
      max={1}
      high={0.95}
      value={share}
      data-testid="meter"
    />
  );
}
