// The ways to the server: where media and the relay are offered, and what keeps viewers away from them.
import { networkRows, relayUse } from "../model/network-rows.js";
import { serverStatus } from "../model/server-status.js";

/** Nothing until the server has told. Not announced: it is there to be looked up. */
export function Network() {
  const status = serverStatus.value;
  const rows = networkRows(status);
  const use = relayUse(status);
  if (rows.length === 0) {
    return null;
  }
  return (
    <section class="card" aria-labelledby="network-title" data-testid="network">
      <h2 id="network-title">Network</h2>
      <dl class="ways">
        {rows.map(({ id, name, state, words }) => (
          <div key={id} data-testid={`network-${id}`}>
            <dt data-state={state}>
              <span class="dot" aria-hidden="true" /> {name}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      {use !== "" && (
        <p class="quiet" data-testid="network-use">
          {use}
        </p>
      )}
    </section>
  );
}
