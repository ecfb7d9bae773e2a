// The page of examples/one-graph.ts: its recordings beside what Node made of them, and the same graph live.
import { render } from "preact";
import "../style.css";
import "./graph.css";
import { Live } from "./live-view.js";
import { runRecordings } from "./recorded.js";
import { Recorded } from "./recorded-view.js";

function Page() {
  return (
    <>
      <header class="head">
        <h1>
          <img src="./favicon.svg" alt="" width="28" height="28" />
          One graph, two homes
        </h1>
        <p class="link">
          <a href="./">Watch this server</a>
        </p>
      </header>
      <p class="intro">
        Encoded media becomes RTP packets, crosses a network that loses and delays some of them, and becomes media
        again: one sentence of TypeScript, <code>examples/one-graph.ts</code>, that runs in Node and in this page as it
        is.
      </p>
      <div class="parts">
        <Recorded />
        <Live />
      </div>
    </>
  );
}

const root = document.getElementById("app");
if (root !== null) {
  render(<Page />, root);
  void runRecordings();
}
