// The page's keys: M sound, S snapshot, F full screen, Esc hang up. Not while somebody types, nor with Ctrl, Alt or Meta.

/** What a key asks for. */
export type KeyAction = "sound" | "snapshot" | "fullscreen" | "hangup";

/** What of a key press is looked at. */
export type KeyPress = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "defaultPrevented" | "composedPath"
>;

/** The keys as the help line names them. */
export const KEYS: readonly { readonly key: string; readonly action: KeyAction; readonly words: string }[] = [
  { key: "M", action: "sound", words: "sound" },
  { key: "S", action: "snapshot", words: "snapshot" },
  { key: "F", action: "fullscreen", words: "full screen" },
  { key: "Esc", action: "hangup", words: "hang up" },
];

/** What a key press asks for, if anything. */
export function actionOfKey(press: KeyPress): KeyAction | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.defaultPrevented) {
    return undefined;
  }
  if (isTyping(press.composedPath()[0])) {
    return undefined;
  }
  const pressed = press.key === "Escape" ? "Esc" : press.key.toUpperCase();
  return KEYS.find(({ key }) => key === pressed)?.action;
}

/** Whether what has the focus takes text. Sliders and buttons do not. */
function isTyping(target: unknown): boolean {
  if (typeof target !== "object" || target === null) {
    return false;
  }
  const { localName, type, isContentEditable } = target as Partial<HTMLInputElement>;
  const isTextInput = localName === "input" && !["range", "button", "checkbox", "radio", "submit"].includes(type ?? "");
  return isTextInput || localName === "textarea" || localName === "select" || isContentEditable === true;
}
