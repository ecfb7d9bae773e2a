// The page's parts in their places.
import { pageView } from "./model/page-view.js";
import { ConnectionTest } from "./view/connection-test.js";
import { Header } from "./view/header.js";
import { Network } from "./view/network.js";
import { Numbers } from "./view/numbers.js";
import { Peers } from "./view/peers.js";
import { Record } from "./view/record.js";
import { Source } from "./view/source.js";
import { Stage } from "./view/stage.js";
import { Trouble } from "./view/trouble.js";

/** The whole page. */
export function App() {
  return (
    <>
      <Header />
      <Trouble />
      {pageView.value === "record" ? <Record /> : <Watch />}
      <footer>
        <a href="./graph.html" data-testid="to-graph">
          One graph, two homes
        </a>
        <a href="./bench.html" data-testid="to-bench">
          Kernel benchmark
        </a>
      </footer>
    </>
  );
}

function Watch() {
  return (
    <main>
      <Stage />
      <aside>
        <Peers />
        <Source />
        <Network />
        <ConnectionTest />
      </aside>
      <Numbers />
    </main>
  );
}
