// Instead of the camera: why this page gets none, and the ways out.
import type { FloeError } from "floe";
import { insecureWords } from "../model/insecure-page.js";

/** In words for people, with what to copy. */
export function NoCamera({ fault }: { readonly fault: FloeError }) {
  const words =
    fault.code === "devices/insecure-context"
      ? insecureWords(location.href)
      : { title: `${fault.message}.`, why: fault.fix ?? "", ways: [] };
  return (
    <div class="card no-camera" role="alert" data-testid="no-camera" data-code={fault.code}>
      <h2>{words.title}</h2>
      <p>{words.why}</p>
      {words.ways.length > 0 && (
        <ul>
          {words.ways.map(({ words: way, code }) => (
            <li key={code}>
              {way} <code>{code}</code>
            </li>
          ))}
        </ul>
      )}
      <p class="quiet">Recordings can be played, downloaded and deleted from here all the same.</p>
    </div>
  );
}
