// What is inside the player's shadow root: the video, the words over it, and a few buttons.
import { PLAYER_STYLE } from "./player-style.js";

/** What the view shows. */
export type PlayerViewModel = {
  /** The state's kind: styles follow it. */
  readonly state: string;
  /** Whether something is under way that ends by itself. */
  readonly isBusy: boolean;
  readonly title: string;
  readonly detail: string;
  /** The video's accessible name. */
  readonly label: string;
  /** Whether watching was asked for: decides between Watch and Hang up. */
  readonly isWatching: boolean;
  readonly hasControls: boolean;
  readonly isMuted: boolean;
  /** The browser refused sound: a button offers it, controls or not. */
  readonly isSoundBlocked: boolean;
};

/** What the viewer can ask for. */
export type PlayerViewActions = {
  /** To watch, or to hang up. */
  readonly setWatching: (isWanted: boolean) => void;
  /** Sound wanted or not; always inside a gesture. */
  readonly setMuted: (muted: boolean) => void;
};

const SPEAKER = "M4 9v6h4l5 4V5L8 9H4z";
const ICONS = {
  watch: "M7 4.5v15l12-7.5z",
  hangup: "M6 6h12v12H6z",
  "sound-on": `${SPEAKER}M16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12`,
  "sound-off": `${SPEAKER}M16.5 9.5l5 5M21.5 9.5l-5 5`,
};
type Action = keyof typeof ICONS;

/** Builds the inside of a shadow root once and brings it up to date on `render`. */
export class PlayerView {
  readonly video: HTMLVideoElement;
  readonly #frame = element("div", "frame");
  readonly #title = element("div", "title");
  readonly #detail = element("div", "detail");
  /** One button for Watch and Hang up, and one for the sound: the keyboard's focus stays when the meaning changes. */
  readonly #watch: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  #isWatching = false;
  #isMuted = false;

  constructor(root: ShadowRoot, actions: PlayerViewActions) {
    this.video = element("video", "");
    const words = element("div", "words");
    words.setAttribute("role", "status");
    words.append(this.#title, this.#detail);
    this.#watch = button(() => actions.setWatching(!this.#isWatching));
    this.#sound = button(() => actions.setMuted(!this.#isMuted));
    const bar = element("div", "bar");
    bar.append(this.#watch, this.#sound);
    const overlay = element("div", "overlay");
    overlay.append(words, bar);
    this.#frame.append(this.video, overlay);
    adoptStyle(root, PLAYER_STYLE);
    root.append(this.#frame);
  }

  /** Brings everything up to date. Texts are written only when they change, so that they are announced once. */
  render(model: PlayerViewModel): void {
    this.#frame.dataset["state"] = model.state;
    this.#frame.toggleAttribute("data-busy", model.isBusy);
    setText(this.#title, model.title);
    setText(this.#detail, model.detail);
    this.video.setAttribute("aria-label", model.label);
    this.#renderWatch(model);
    this.#renderSound(model);
  }

  #renderWatch({ isWatching, hasControls, state }: PlayerViewModel): void {
    this.#isWatching = isWatching;
    this.#watch.hidden = !hasControls;
    this.#watch.className = state === "playing" ? "quiet" : isWatching ? "" : "primary";
    setButton(this.#watch, isWatching ? "hangup" : "watch", isWatching ? "Hang up" : "Watch");
  }

  #renderSound({ isMuted, isSoundBlocked, hasControls, state }: PlayerViewModel): void {
    this.#isMuted = isMuted || isSoundBlocked;
    this.#sound.hidden = !isSoundBlocked && !(hasControls && state === "playing");
    this.#sound.className = isSoundBlocked ? "primary" : "quiet";
    setButton(this.#sound, this.#isMuted ? "sound-on" : "sound-off", this.#isMuted ? "Sound on" : "Sound off");
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") {
    made.className = className;
  }
  return made;
}

function button(act: () => void): HTMLButtonElement {
  const made = element("button", "");
  made.type = "button";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  made.append(svg, element("span", ""));
  made.addEventListener("click", act);
  return made;
}

function setButton(made: HTMLButtonElement, action: Action, label: string): void {
  made.dataset["action"] = action;
  made.querySelector("path")?.setAttribute("d", ICONS[action]);
  setText(made.querySelector("span"), label);
}

function setText(node: Element | null, text: string): void {
  if (node !== null && node.textContent !== text) {
    node.textContent = text;
  }
}

/** A constructed sheet needs no `unsafe-inline` in the page's policy; older browsers get a style element. */
function adoptStyle(root: ShadowRoot, css: string): void {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  } else {
    const style = element("style", "");
    style.textContent = css;
    (root as ShadowRoot).append(style);
  }
}
