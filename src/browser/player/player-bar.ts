// The buttons of a player: watch, sound, volume, snapshot, full screen. Under the words until a picture is there, then
// along its lower edge.

/** What the buttons show. */
export type PlayerBarModel = {
  /** The state's kind. */
  readonly state: string;
  /** Whether watching was asked for: decides between Watch and Hang up. */
  readonly isWatching: boolean;
  readonly hasControls: boolean;
  readonly isMuted: boolean;
  /** 0..1. */
  readonly volume: number;
  /** The browser refused sound: a button offers it, controls or not. */
  readonly isSoundBlocked: boolean;
  readonly isFullscreen: boolean;
  readonly canFullscreen: boolean;
};

/** What the viewer can ask for, always inside a gesture. */
export type PlayerBarActions = {
  /** To watch, or to hang up. */
  readonly setWatching: (isWanted: boolean) => void;
  /** Sound wanted or not. */
  readonly setMuted: (muted: boolean) => void;
  /** How loud, 0..1. */
  readonly setVolume: (volume: number) => void;
  readonly saveSnapshot: () => void;
  readonly toggleFullscreen: () => void;
};

const SPEAKER = "M4 9v6h4l5 4V5L8 9H4z";
const ICONS = {
  watch: "M7 4.5v15l12-7.5z",
  hangup: "M6 6h12v12H6z",
  "sound-on": `${SPEAKER}M16.5 9.5l5 5M21.5 9.5l-5 5`,
  "sound-off": `${SPEAKER}M16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12`,
  snapshot: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  fullscreen: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  "leave-fullscreen": "M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5",
};
type Action = keyof typeof ICONS;

/** Builds the buttons once and brings them up to date. One button keeps the keyboard's focus when its meaning changes. */
export class PlayerBar {
  readonly element: HTMLElement = document.createElement("div");
  readonly #watch: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  readonly #volume: HTMLInputElement;
  readonly #snapshot: HTMLButtonElement;
  readonly #fullscreen: HTMLButtonElement;
  #isWatching = false;
  #isMuted = false;

  constructor(actions: PlayerBarActions) {
    this.element.className = "bar";
    this.#watch = button(() => actions.setWatching(!this.#isWatching));
    this.#sound = button(() => actions.setMuted(!this.#isMuted));
    this.#volume = slider((volume) => actions.setVolume(volume));
    this.#snapshot = button(() => actions.saveSnapshot());
    this.#fullscreen = button(() => actions.toggleFullscreen());
    const gap = Object.assign(document.createElement("span"), { className: "gap" });
    this.element.append(this.#watch, this.#sound, this.#volume, gap, this.#snapshot, this.#fullscreen);
  }

  /** Brings everything up to date. */
  render(model: PlayerBarModel): void {
    const { isWatching, isMuted, isSoundBlocked, hasControls, isFullscreen } = model;
    const isPlaying = model.state === "playing";
    const hasTools = hasControls && isPlaying;
    this.#isWatching = isWatching;
    this.#isMuted = isMuted || isSoundBlocked;
    this.#watch.hidden = !hasControls;
    this.#watch.className = isPlaying ? "quiet" : isWatching ? "" : "primary";
    setButton(this.#watch, isWatching ? "hangup" : "watch", isWatching ? "Hang up" : "Watch");
    this.#sound.hidden = !isSoundBlocked && !hasTools;
    this.#sound.className = isSoundBlocked ? "primary" : "quiet icon";
    setButton(this.#sound, this.#isMuted ? "sound-on" : "sound-off", this.#isMuted ? "Sound on" : "Sound off");
    this.#volume.hidden = !hasTools;
    this.#volume.valueAsNumber = this.#isMuted ? 0 : model.volume;
    this.#volume.style.setProperty("--level", `${this.#volume.valueAsNumber * 100}%`);
    this.#snapshot.hidden = !hasTools;
    this.#snapshot.className = "quiet icon";
    setButton(this.#snapshot, "snapshot", "Snapshot");
    // Stays while the whole screen is filled, so that there is a way back without a keyboard.
    this.#fullscreen.hidden = !(model.canFullscreen && (hasTools || isFullscreen));
    this.#fullscreen.className = "quiet icon";
    setButton(
      this.#fullscreen,
      isFullscreen ? "leave-fullscreen" : "fullscreen",
      isFullscreen ? "Leave full screen" : "Full screen",
    );
  }
}

function button(act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  made.append(svg, document.createElement("span"));
  made.addEventListener("click", act);
  return made;
}

function slider(act: (value: number) => void): HTMLInputElement {
  const made = Object.assign(document.createElement("input"), {
    type: "range",
    min: "0",
    max: "1",
    step: "0.05",
    className: "quiet",
  });
  made.setAttribute("aria-label", "Volume");
  made.dataset["action"] = "volume";
  made.addEventListener("input", () => act(made.valueAsNumber));
  return made;
}

function setButton(made: HTMLButtonElement, action: Action, label: string): void {
  if (made.dataset["action"] === action) {
    return;
  }
  made.dataset["action"] = action;
  made.title = label;
  made.querySelector("path")?.setAttribute("d", ICONS[action]);
  const words = made.querySelector("span");
  if (words !== null) {
    words.textContent = label;
  }
}
