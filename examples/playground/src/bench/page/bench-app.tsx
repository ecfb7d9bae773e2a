// The benchmark page's parts in their places.
import { kernelCases } from "../kernel-cases.js";
import { CaseCard } from "./case-card.js";
import { Explanation } from "./explanation.js";
import { RunBar } from "./run-bar.js";

/** The whole page. */
export function BenchApp() {
  return (
    <>
      <header class="head">
        <h1>
          <img src="./favicon.svg" alt="" width="28" height="28" />
          Kernel benchmark
        </h1>
        <a href="./" data-testid="to-page">
          To the live picture
        </a>
      </header>
      <main class="bench">
        <Explanation />
        <RunBar />
        <section class="cases" aria-label="Results">
          {kernelCases.map((each) => (
            <CaseCard key={each.id} case={each} />
          ))}
        </section>
      </main>
    </>
  );
}
