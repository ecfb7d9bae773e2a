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
.frame[data-state="playing"] .overlay { justify-content: end; }
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
.bar { display: flex; flex-wrap: wrap; justify-content: center; gap: 8px; }
button {
  display: inline-flex; align-items: center; gap: .5em; min-height: 40px; padding: 0 1em;
  border: 1px solid rgb(255 255 255 / .24); border-radius: 999px;
  background: rgb(20 26 31 / .82); color: inherit; font: 600 14px/1 system-ui, sans-serif;
  cursor: pointer;
}
button[hidden] { display: none; }
button:hover { background: rgb(45 55 63 / .92); }
button:focus-visible { outline: 3px solid var(--floe-accent); outline-offset: 2px; }
button.primary { border-color: transparent; background: var(--floe-accent); color: var(--floe-on-accent); }
button.primary:hover { filter: brightness(1.1); }
svg { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.frame[data-state="playing"] button.quiet { opacity: 0; transition: opacity .15s; }
.frame:hover button.quiet, .frame:focus-within button.quiet { opacity: 1 !important; }
@media (hover: none) { button.quiet { opacity: 1 !important; } }
@container (max-width: 300px) or (max-height: 150px) {
  .detail { display: none; }
  button { min-height: 30px; padding: 0 .7em; font-size: 12px; }
}
@container (max-width: 140px) {
  .overlay { padding-inline: 4px; }
  svg { display: none; }
}
@container (max-height: 120px) { .words::before { display: none; } }
@media (prefers-reduced-motion: reduce) {
  .words::before { animation-duration: 6s; }
  .frame button.quiet { transition: none; }
}
@media (forced-colors: active) { .frame:not([data-state="playing"]) .overlay { background: Canvas; } }
`;
