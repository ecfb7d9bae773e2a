// What is inside the player's shadow root: the video, the words over it, and the buttons.
import { PlayerBar, type PlayerBarActions, type PlayerBarModel } from "./player-bar.js";
import { PLAYER_STYLE } from "./player-style.js";

/** What the view shows. `state`: styles follow it. */
export type PlayerViewModel = PlayerBarModel & {
  /** Whether something is under way that ends by itself. */
  readonly isBusy: boolean;
  readonly title: string;
  readonly detail: string;
  /** The video's accessible name. */
  readonly label: string;
};

/** The buttons over the picture go away this long after the pointer has come to rest. */
const REST_MS = 2500;

/** Builds the inside of a shadow root once and brings it up to date on `render`. */
export class PlayerView {
  readonly video: HTMLVideoElement;
  readonly #frame = element("div", "frame");
  readonly #title = element("div", "title");
  readonly #detail = element("div", "detail");
  readonly #bar: PlayerBar;
  #restTimer: number | undefined;

  constructor(root: ShadowRoot, actions: PlayerBarActions) {
    this.video = element("video", "");
    const words = element("div", "words");
    words.setAttribute("role", "status");
    words.append(this.#title, this.#detail);
    this.#bar = new PlayerBar(actions);
    const overlay = element("div", "overlay");
    overlay.append(words, this.#bar.element);
    this.#frame.append(this.video, overlay);
    this.#frame.addEventListener("pointermove", () => this.#stir());
    this.#frame.addEventListener("pointerdown", () => this.#stir());
    this.#frame.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.#rest());
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
    this.#bar.render(model);
  }

  /** The pointer is in use: the buttons are shown. */
  #stir(): void {
    self.clearTimeout(this.#restTimer);
    this.#frame.toggleAttribute("data-stirred", true);
    this.#restTimer = self.setTimeout(() => this.#rest(), REST_MS);
  }

  #rest(): void {
    self.clearTimeout(this.#restTimer);
    this.#frame.toggleAttribute("data-stirred", false);
  }
}

function element<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") {
    made.className = className;
  }
  return made;
}

function setText(node: Element, text: string): void {
  if (node.textContent !== text) {
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
