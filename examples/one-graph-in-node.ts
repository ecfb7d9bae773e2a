// Runs the recordings of one-graph.ts in Node, and compares what comes out with what every home must give.
//
//   node examples/one-graph-in-node.ts [--json]        Node 22.18 or newer runs TypeScript as it is
//
// --json prints the outcomes as examples/recordings/expected.json keeps them.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { type Outcome, type Recording, run } from "./one-graph.ts";

const NAMES = ["h264-opus", "lossy", "slices", "resize", "opus"];
const read = (name: string) => JSON.parse(readFileSync(new URL(`./recordings/${name}.json`, import.meta.url), "utf8"));

const outcomes: Record<string, Outcome> = {};
for (const name of NAMES) {
  outcomes[name] = await run(read(name) as Recording);
}
if (process.argv.includes("--json")) {
  console.log(JSON.stringify(outcomes, null, 2));
} else {
  const expected = read("expected") as Record<string, Outcome>;
  for (const name of NAMES) {
    const { sent, arrived, media, events } = outcomes[name];
    const isEqual = isDeepStrictEqual(outcomes[name], expected[name]);
    console.log(
      `${name}: sent ${sent}, arrived ${arrived}, media ${media}: ${isEqual ? "as expected" : "NOT as expected"}`,
    );
    for (const event of events) {
      console.log(`  ${event}`);
    }
    process.exitCode ||= isEqual ? 0 : 1;
  }
}
