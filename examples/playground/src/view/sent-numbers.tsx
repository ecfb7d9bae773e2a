// The numbers of what is being sent.
import { publishStats } from "../model/broadcast.js";
import { publishRows } from "../model/publish-rows.js";

/** One line a number; nothing while nothing is sent. Not announced: they change every second. */
export function SentNumbers() {
  const stats = publishStats.value;
  if (stats === undefined) {
    return null;
  }
  return (
    <section class="card sent" aria-labelledby="sent-title" data-testid="sent">
      <h2 id="sent-title">Numbers</h2>
      <dl class="numbers">
        {publishRows(stats).map(({ id, name, value, hint, note }) => (
          <div key={id} title={hint}>
            <dt>{name}</dt>
            <dd data-testid={id}>{value}</dd>
            {note !== "" && <dd class="note">{note}</dd>}
          </div>
        ))}
      </dl>
    </section>
  );
}
