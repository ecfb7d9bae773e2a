// A graph's report as a table: each stage, what it took, and where the milliseconds of a picture went.
import type { GraphReport } from "floe";

type Node = GraphReport["nodes"][number];

/** Stages in the order in which a packet meets them. */
export function StageTable({ nodes: all }: { readonly nodes: GraphReport["nodes"] }) {
  const nodes = all.filter(({ type }) => type === "source" || type === "processor" || type === "sink");
  const totalUs = nodes.reduce((sum, node) => sum + medianUs(node), 0);
  return (
    <table class="stages" data-testid="stages">
      <caption>Where the milliseconds go: medians, and the slowest of a hundred</caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col">Packets</th>
          <th scope="col">Time</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <Row key={node.id} node={node} share={medianUs(node) / Math.max(1, totalUs)} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">All together</th>
          <td />
          <td>{ms(totalUs)}</td>
          <td />
        </tr>
      </tfoot>
    </table>
  );
}

function Row({ node, share }: { readonly node: Node; readonly share: number }) {
  const isTimed = node.type !== "source" && node.packets > 0;
  return (
    <tr>
      <th scope="row">{node.id}</th>
      <td>{node.packets.toLocaleString("en")}</td>
      <td>
        {isTimed && ms(medianUs(node))}
        {isTimed && <span class="share" aria-hidden="true" style={{ width: `${(share * 4).toFixed(2)}rem` }} />}
      </td>
      <td>{isTimed && ms(timesOf(node).p99)}</td>
    </tr>
  );
}

/** A stage that works later is measured from packet in to packet out; one that works within the call by the call. */
function timesOf({ timeUs, throughUs }: Node): Node["timeUs"] {
  return throughUs ?? timeUs;
}

function medianUs(node: Node): number {
  return timesOf(node).p50;
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
}
