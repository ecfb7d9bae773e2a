// The numbers of the picture.
import { numberRows } from "../model/number-rows.js";
import { playerStats } from "../model/watching.js";
import { BitrateStrip } from "./bitrate-strip.js";

/** One line a number. Not announced: they change every second. */
export function Numbers() {
  return (
    <section class="card" aria-labelledby="numbers-title">
      <h2 id="numbers-title">Numbers</h2>
      <dl class="numbers">
        {numberRows(playerStats.value).map(({ id, name, value, hint, note }) => (
          <div key={id} title={hint}>
            <dt>{name}</dt>
            <dd data-testid={`stat-${id}`}>{value}</dd>
            {note !== "" && (
              <dd class="note" data-testid={`note-${id}`}>
                {note}
              </dd>
            )}
            {id === "bitrate" && <BitrateStrip />}
          </div>
        ))}
      </dl>
    </section>
  );
}
