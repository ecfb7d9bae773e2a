// The recordings as cards: digests and events of this page beside Node's, and in words whether they are the same.
import { type RecordedRun, recordedRuns, recordedTrouble, recordingCount } from "./recorded.js";

const DIGESTS = [
  ["sent", "Packets sent"],
  ["arrived", "Packets that arrived"],
  ["media", "Media at the end"],
] as const;

/** All recordings. */
export function Recorded() {
  const runs = recordedRuns.value;
  const equal = runs.filter(({ isEqual }) => isEqual).length;
  return (
    <section class="recorded" aria-labelledby="recorded-title">
      <h2 id="recorded-title">Recorded</h2>
      <p class="verdict" role="status" data-testid="verdict">
        {recordedTrouble.value === ""
          ? `${runs.length} of ${recordingCount} recordings run, ${equal} the same as in Node.`
          : `The recordings did not run: ${recordedTrouble.value}`}
      </p>
      {runs.map((run) => (
        <Run key={run.name} run={run} />
      ))}
    </section>
  );
}

function Run({ run: { name, recording, expected, outcome, isEqual } }: { readonly run: RecordedRun }) {
  return (
    <article class="card" data-testid={`recording-${name}`} data-equal={isEqual}>
      <h3>
        <span>{name}</span>
        <span class={isEqual ? "same" : "differs"}>{isEqual ? "Same as in Node" : "Differs from Node"}</span>
      </h3>
      <p class="quiet">{recording.about}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Digest of</th>
            <th scope="col">this page</th>
            <th scope="col">Node</th>
          </tr>
        </thead>
        <tbody>
          {DIGESTS.map(([key, words]) => (
            <tr key={key} class={outcome[key] === expected[key] ? "" : "differs"}>
              <th scope="row">{words}</th>
              <td>
                <code>{outcome[key]}</code>
              </td>
              <td>
                <code>{expected[key]}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <details>
        <summary>{outcome.events.length} events</summary>
        <ol class="events">
          {outcome.events.map((event, i) =>
            event === expected.events[i] ? (
              <li key={i}>{event}</li>
            ) : (
              <li key={i} class="differs">
                {event} (in Node: {expected.events[i] ?? "nothing"})
              </li>
            ),
          )}
        </ol>
      </details>
    </article>
  );
}
