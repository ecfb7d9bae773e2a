// One case: what it is, what came out, and how fast each way to do it is.
import type { KernelCase } from "../kernel-case.js";
import { KERNEL_DIGESTS } from "../kernel-digests.js";
import type { Contender } from "../run-case.js";
import { speedOf } from "../units.js";
import { isRight, measured } from "./bench-run.js";

/** A card; without figures until they are there. */
export function CaseCard({ case: each }: { readonly case: KernelCase }) {
  const contenders = measured.value.get(each.id);
  return (
    <article class="card case" data-testid="case" data-id={each.id}>
      <h2>{each.id}</h2>
      <p class="quiet">{each.measures}</p>
      {contenders === undefined ? (
        <p class="quiet waiting">Not measured yet.</p>
      ) : (
        <Figures {...{ each, contenders }} />
      )}
    </article>
  );
}

function Figures({ each, contenders }: { readonly each: KernelCase; readonly contenders: readonly Contender[] }) {
  const [ours] = contenders;
  const fastestNs = Math.min(...contenders.map(({ callNs }) => callNs));
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">{speedOf(each, 1).unit}</th>
            <th scope="col">Ratio</th>
            <th scope="col">Digest</th>
          </tr>
        </thead>
        <tbody>
          {contenders.map((one) => (
            <tr key={one.name} data-testid="contender" data-name={one.name} data-ours={one === ours}>
              <th scope="row">
                {one.name}
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${(100 * fastestNs) / one.callNs}%` }} />
                </span>
              </th>
              <td>{show(speedOf(each, one.callNs).value)}</td>
              <td>{one === ours ? "" : `${show(one.callNs / ours.callNs)}×`}</td>
              <td class="digest" data-testid="digest">
                {one.digest ?? "–"}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Verdict id={each.id} contenders={contenders} />
    </>
  );
}

function Verdict({ id, contenders }: { readonly id: string; readonly contenders: readonly Contender[] }) {
  const right = isRight(id, contenders);
  const compared = contenders.filter(({ digest }) => digest !== undefined).length;
  return (
    <p class="verdict" data-testid="verdict" data-right={right}>
      {right
        ? `All ${compared} put out the same bytes, the expected ones (${KERNEL_DIGESTS[id]}).`
        : `The bytes differ: the expected digest is ${KERNEL_DIGESTS[id]}. The speeds above mean nothing.`}
    </p>
  );
}

/** Three digits that count. */
function show(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
