// The look of the player's inside. Colours and corners can be set from outside through the custom properties below.

/** The style sheet of the shadow root. */
export const PLAYER_STYLE = `
:host {
  --floe-accent: #4cc2ff;
  --floe-on-accent: #00202e;
  display: block;
  position: relative;
  aspect-ratio: 16 / 9;
  min-width: 0;
  overflow: hidden;
  background: #000;
  color: #f4f7f9;
  font: 400 15px/1.45 system-ui, sans-serif;
}
:host([hidden]) { display: none; }
.frame { position: absolute; inset: 0; container-type: size; }
video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; background: #000; }
.overlay {
  position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center;
  justify-content: safe center; gap: clamp(6px, 2.4cqmin, 18px); overflow: auto;
  padding: clamp(6px, 2.4cqmin, 18px) clamp(8px, 5cqw, 64px);
}
.words {
  display: grid; justify-items: center; gap: .35em; min-width: 0; max-width: 100%;
  text-align: center; text-wrap: balance; overflow-wrap: anywhere;
  font-size: clamp(12px, 4px + 2.2cqmin + .5cqw, 22px);
}
/* On the picture words are for screen readers only, and the buttons go to the bottom. */
.frame[data-state="playing"] .overlay { justify-content: end; padding: 0; overflow: hidden; }
.frame[data-state="playing"] .words { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
/* Over the last picture of a call that is gone. */
.frame:not([data-state="playing"]) .overlay { background: rgb(0 0 0 / .72); }
.title { font-weight: 600; }
.detail { max-width: 46ch; color: #b9c4cc; font-size: .86em; }
.detail:empty { display: none; }
.words::before {
  content: ""; width: 1.6em; height: 1.6em; margin-bottom: .35em; border-radius: 50%;
  border: .16em solid rgb(255 255 255 / .22); border-top-color: var(--floe-accent);
  animation: turn 1s linear infinite;
}
.frame:not([data-busy]) .words::before { display: none; }
.frame[data-state="failed"] .title { color: #ffb4ab; }
@keyframes turn { to { transform: rotate(1turn); } }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 8px; }
.gap { display: none; }
button {
  display: inline-flex; align-items: center; justify-content: center; gap: .5em; min-height: 40px; padding: 0 1em;
  border: 1px solid rgb(255 255 255 / .24); border-radius: 999px;
  background: rgb(20 26 31 / .82); color: inherit; font: 600 14px/1 system-ui, sans-serif;
  cursor: pointer;
}
[hidden] { display: none !important; }
button:hover { background: rgb(45 55 63 / .92); }
:focus-visible { outline: 3px solid var(--floe-accent); outline-offset: 2px; }
button.primary { border-color: transparent; background: var(--floe-accent); color: var(--floe-on-accent); }
button.primary:hover { filter: brightness(1.1); }
button.icon { width: 40px; padding: 0; }
button.icon span { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
input[type="range"] {
  appearance: none; width: 96px; height: 24px; min-width: 0; margin: 0; background: none; border-radius: 999px; cursor: pointer;
}
input[type="range"]::-webkit-slider-runnable-track {
  height: 4px; border-radius: 2px;
  background: linear-gradient(to right, #fff var(--level, 100%), rgb(255 255 255 / .38) var(--level, 100%));
}
input[type="range"]::-webkit-slider-thumb {
  appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; background: #fff;
}
input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: rgb(255 255 255 / .38); }
input[type="range"]::-moz-range-progress { height: 4px; border-radius: 2px; background: #fff; }
input[type="range"]::-moz-range-thumb { width: 14px; height: 14px; border: 0; border-radius: 50%; background: #fff; }
/* Along the lower edge of the picture, on a shade that lets white be read on anything. */
.frame[data-state="playing"] .bar {
  position: relative; flex-wrap: nowrap; align-self: stretch; justify-content: start; gap: 4px;
  padding: 26px 10px 8px;
}
.frame[data-state="playing"] .bar::before {
  content: ""; position: absolute; inset: 0; z-index: -1; pointer-events: none;
  background: linear-gradient(to top, rgb(0 0 0 / .72), rgb(0 0 0 / 0));
}
.frame[data-state="playing"] .overlay { z-index: 0; }
.frame[data-state="playing"] .gap { display: block; flex: 1; }
.frame[data-state="playing"] button.quiet { border-color: transparent; background: rgb(0 0 0 / .28); }
.frame[data-state="playing"] button.quiet:hover { background: rgb(255 255 255 / .2); }
.frame[data-state="playing"] .quiet, .frame[data-state="playing"] .bar::before { opacity: 0; transition: opacity .15s; }
.frame[data-stirred] .quiet, .frame[data-stirred] .bar::before { opacity: 1 !important; }
.frame:has(:focus-visible) .quiet, .frame:has(:focus-visible) .bar::before { opacity: 1 !important; }
@media (hover: none) { .frame .quiet, .frame .bar::before { opacity: 1 !important; } }
:host(:fullscreen) .frame[data-state="playing"]:not([data-stirred]) { cursor: none; }
svg { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
@container (max-width: 420px) {
  .frame[data-state="playing"] [data-action="hangup"] { width: 40px; padding: 0; }
  .frame[data-state="playing"] [data-action="hangup"] span { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
}
@container (max-width: 300px) or (max-height: 150px) {
  .detail { display: none; }
  button { min-height: 30px; padding: 0 .7em; font-size: 12px; }
  button.icon, .frame[data-state="playing"] [data-action="hangup"] { width: 30px; }
  input[type="range"] { width: 60px; }
  .frame[data-state="playing"] .bar { padding: 10px 4px 4px; gap: 2px; }
}
@container (max-width: 220px) { input[type="range"] { display: none; } }
@container (max-width: 140px) {
  .overlay { padding-inline: 4px; }
  .frame:not([data-state="playing"]) svg { display: none; }
}
@container (max-height: 120px) { .words::before { display: none; } }
@media (prefers-reduced-motion: reduce) {
  .words::before { animation-duration: 6s; }
  .frame .quiet, .frame .bar::before { transition: none !important; }
}
@media (forced-colors: active) { .frame:not([data-state="playing"]) .overlay { background: Canvas; } }
`;
