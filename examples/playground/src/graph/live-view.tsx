// The live part: switches, the picture that arrived, and where its milliseconds went.
import { useRef, useState } from "preact/hooks";
import {
  changeNetwork,
  delayMs,
  type LiveNumbers,
  type LiveSource,
  liveState,
  lossPercent,
  startLive,
  stopLive,
} from "./live.js";
import { StageTable } from "./stage-table.js";

/** Everything of it. */
export function Live() {
  const state = liveState.value;
  const [source, setSource] = useState<LiveSource>("test");
  const canvas = useRef<HTMLCanvasElement>(null);
  const isOn = state.kind === "running" || state.kind === "starting";
  const press = (): void => {
    if (isOn) {
      void stopLive();
    } else if (canvas.current !== null) {
      void startLive(source, canvas.current);
    }
  };
  return (
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title">Live</h2>
      <div class="card">
        <form class="switches" onSubmit={(event) => event.preventDefault()}>
          <label>
            Picture
            <select
              data-testid="source"
              disabled={isOn}
              value={source}
              onChange={({ currentTarget }) => setSource(currentTarget.value === "camera" ? "camera" : "test")}
            >
              <option value="test">Test picture</option>
              <option value="camera">Camera</option>
            </select>
          </label>
          <Slider label="Packets lost" unit="%" max={20} value={lossPercent} testid="loss" />
          <Slider label="Delay" unit="ms" max={200} value={delayMs} testid="delay" />
          <button type="button" class="primary" data-testid="start" onClick={press}>
            {isOn ? "Stop" : "Start"}
          </button>
        </form>
        <p class="live-state" role="status" data-testid="live-state" data-state={state.kind}>
          {wordsOf(state.kind === "failed" ? state.words : state.kind)}
        </p>
        <canvas ref={canvas} width={640} height={360} data-testid="picture" aria-label="The picture that arrived" />
        {state.kind === "running" && state.numbers !== undefined && <Numbers numbers={state.numbers} />}
      </div>
    </section>
  );
}

function wordsOf(state: string): string {
  switch (state) {
    case "idle":
      return "Press Start: the picture is encoded, packetized, sent over the network below, and decoded again.";
    case "starting":
      return "Starting…";
    case "running":
      return "Running. Packets are lost by a seeded draw; after a loss the picture waits for a key frame.";
    default:
      return state;
  }
}

type SliderProps = {
  readonly label: string;
  readonly unit: string;
  readonly max: number;
  readonly value: { value: number };
  readonly testid: string;
};

function Slider({ label, unit, max, value, testid }: SliderProps) {
  return (
    <label>
      <span>
        {label} <output>{`${value.value} ${unit}`}</output>
      </span>
      <input
        type="range"
        min={0}
        max={max}
        value={value.value}
        data-testid={testid}
        onInput={({ currentTarget }) => {
          value.value = Number(currentTarget.value);
          changeNetwork();
        }}
      />
    </label>
  );
}

function Numbers({ numbers }: { readonly numbers: LiveNumbers }) {
  const { nodes, encodedFps, shownFps, bitrateBps, packetsLost, picturesDropped, keyFrames } = numbers;
  const rows = [
    ["Encoded", `${encodedFps.toFixed(0)} pictures/s`],
    ["Shown", `${shownFps.toFixed(0)} pictures/s`],
    ["On the network", `${(bitrateBps / 1_000_000).toFixed(2)} Mb/s`],
    ["Packets lost", `${packetsLost}`],
    ["Pictures dropped", `${picturesDropped}`],
    ["Key frames", `${keyFrames}`],
  ];
  return (
    <>
      <dl class="numbers" data-testid="live-numbers">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <StageTable nodes={nodes} />
    </>
  );
}
