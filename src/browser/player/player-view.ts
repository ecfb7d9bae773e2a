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
  readonly watch: () => void;
  readonly hangup: () => void;
  /** Sound wanted or not; always inside a gesture. */
  readonly setMuted: (muted: boolean) => void;
};

const SPEAKER = "M4 9v6h4l5 4V5L8 9H4z";
const ICONS = {
  watch: "M7 4.5v15l12-7.5z",
  hangup: "M6 6h12v12H6z",
  sound: `${SPEAKER}M16.5 8.5a5 5 0 0 1 0 7M19 6a8.5 8.5 0 0 1 0 12`,
  silence: `${SPEAKER}M16.5 9.5l5 5M21.5 9.5l-5 5`,
};

/** Builds the inside of a shadow root once and brings it up to date on `render`. */
export class PlayerView {
  readonly video: HTMLVideoElement;
  readonly #frame = element("div", "frame");
  readonly #title = element("div", "title");
  readonly #detail = element("div", "detail");
  readonly #watch: HTMLButtonElement;
  readonly #hangup: HTMLButtonElement;
  readonly #sound: HTMLButtonElement;
  #isMuted = false;

  constructor(root: ShadowRoot, actions: PlayerViewActions) {
    this.video = element("video", "");
    const words = element("div", "words");
    words.setAttribute("role", "status");
    words.append(this.#title, this.#detail);
    this.#watch = button("Watch", ICONS.watch, "watch", actions.watch);
    this.#watch.classList.add("primary");
    this.#hangup = button("Hang up", ICONS.hangup, "hangup", actions.hangup);
    this.#sound = button("Sound on", ICONS.sound, "sound", () => actions.setMuted(!this.#isMuted));
    const bar = element("div", "bar");
    bar.append(this.#watch, this.#hangup, this.#sound);
    this.#frame.append(this.video, words, bar);
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
    this.#watch.hidden = !model.hasControls || model.isWatching;
    this.#hangup.hidden = !model.hasControls || !model.isWatching;
    this.#hangup.classList.toggle("quiet", model.state === "playing");
    this.#renderSound(model);
  }

  #renderSound({ isMuted, isSoundBlocked, hasControls, state }: PlayerViewModel): void {
    this.#isMuted = isMuted || isSoundBlocked;
    this.#sound.hidden = !isSoundBlocked && !(hasControls && state === "playing");
    this.#sound.classList.toggle("primary", isSoundBlocked);
    this.#sound.classList.toggle("quiet", !isSoundBlocked);
    setText(this.#sound.querySelector("span"), this.#isMuted ? "Sound on" : "Sound off");
    this.#sound.querySelector("path")?.setAttribute("d", this.#isMuted ? ICONS.sound : ICONS.silence);
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") {
    made.className = className;
  }
  return made;
}

function button(label: string, icon: string, name: string, act: () => void): HTMLButtonElement {
  const made = element("button", "");
  made.type = "button";
  made.dataset["action"] = name;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", icon);
  svg.append(path);
  const text = element("span", "");
  text.textContent = label;
  made.append(svg, text);
  made.addEventListener("click", act);
  return made;
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
