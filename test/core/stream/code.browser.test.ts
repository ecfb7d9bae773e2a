// A page whose policy forbids code from text: in a frame with a real Content-Security-Policy.
import { expect, test } from "vitest";

const core = new URL("../../../src/core/index.ts", import.meta.url).href;

/** Runs a stream in a frame with that policy; answers what it showed and whether the page may build code. */
function inFrame(policy: string): Promise<unknown> {
  const frame = document.createElement("iframe");
  const answer = new Promise((resolve) => {
    window.addEventListener("message", ({ data, source }) => {
      if (source === frame.contentWindow) {
        resolve(data);
      }
    });
  });
  frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="${policy}">
<script type="module">
  import { PacketStream, RawPacket } from "${core}";
  let mayBuild = true;
  try { new Function("return 1")(); } catch { mayBuild = false; }
  const got = [];
  const stage = {
    name: "stage", retention: "borrowed", accepts: [RawPacket.kind], emits: [RawPacket.kind],
    process: (packet, emit) => emit(packet),
  };
  const stream = new PacketStream({ name: "s" }).via(stage).to((packet) => void got.push(packet.data[0]));
  await stream.start();
  stream.write(RawPacket.borrow(new Uint8Array([7])));
  await stream.close();
  const counts = stream.report().nodes.map(({ packets }) => packets);
  parent.postMessage({ mayBuild, got, counts }, "*");
</script>`;
  document.body.append(frame);
  return answer.finally(() => frame.remove());
}

test("a page that forbids code from text runs the same stream, by closures", async () => {
  const free = await inFrame("script-src 'self' 'unsafe-inline' 'unsafe-eval'");
  const strict = await inFrame("script-src 'self' 'unsafe-inline'");
  expect(free).toEqual({ mayBuild: true, got: [7], counts: [1, 1, 1] });
  expect(strict).toEqual({ ...(free as object), mayBuild: false });
});
