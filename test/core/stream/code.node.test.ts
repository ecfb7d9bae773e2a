// Where the process itself forbids code from text, as a page's policy does.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";

const home = fileURLToPath(new URL("../../../src/core/", import.meta.url));
const program = `
  import { PacketStream } from "./stream/packet-stream.ts";
  import { RawPacket } from "./stream/raw-packet.ts";
  import { mayBuildCode } from "./stream/code.ts";
  const pass = { name: "pass", retention: "borrowed", accepts: [RawPacket.kind], emits: [RawPacket.kind], process: (packet, emit) => emit(packet) };
  const got = [];
  const stream = new PacketStream({ name: "s" }).via(pass).to((packet) => got.push(packet.byteLength));
  await stream.start();
  stream.write(RawPacket.borrow(new Uint8Array(7)));
  await stream.close();
  console.log(JSON.stringify({ got, mayBuildCode: mayBuildCode(), processed: stream.report().nodes[1].packets }));
`;

function run(...flags: string[]): unknown {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: home, loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const text = new TextDecoder().decode(outputFiles[0].contents);
  return JSON.parse(
    execFileSync(process.execPath, [...flags, "--input-type=module", "-e", text], { encoding: "utf8" }),
  );
}

test("a stream runs all the same", () => {
  expect(run("--disallow-code-generation-from-strings")).toEqual({ got: [7], mayBuildCode: false, processed: 1 });
});

test("and builds code in a process that does not forbid it", () => {
  expect(run()).toEqual({ got: [7], mayBuildCode: true, processed: 1 });
});
