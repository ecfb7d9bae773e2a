// An HttpServer on a real port of 127.0.0.1 with a web root of its own, gone when the test is over.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { Logger } from "../../../src/core/diagnosis/logger.js";
import { type HttpRoute, HttpRouter } from "../../../src/core/http/router.js";
import { namesThisMachine } from "../../../src/node/http/allowed-host.js";
import { HttpServer } from "../../../src/node/http/http-server.js";
import { StaticFiles } from "../../../src/node/http/static-files.js";

/** A folder with a web root in it and something secret beside. */
export type WebRoot = { readonly outside: string; readonly root: string };

/** What stands in the file beside the root: no answer may ever hold it. */
export const SECRET_TEXT = "floe-must-not-serve-this";

/** Makes `<folder>/root` with these files, and `<folder>/secret.txt`. */
export function webRoot(files: Readonly<Record<string, string | Uint8Array>> = { "index.html": "<p>page" }): WebRoot {
  const outside = mkdtempSync(join(tmpdir(), "floe-http-"));
  onTestFinished(() => rmSync(outside, { recursive: true, force: true }));
  const root = join(outside, "root");
  mkdirSync(root);
  writeFileSync(join(outside, "secret.txt"), SECRET_TEXT);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  return { outside, root };
}

/** A listening server, and what it logged. */
export type HttpHarness = { readonly server: HttpServer; readonly port: number; readonly log: string[] };

/** Starts a server with these routes over this root. */
export async function startHttp({
  routes = [],
  root = webRoot().root,
}: {
  routes?: readonly HttpRoute[];
  root?: string;
} = {}): Promise<HttpHarness> {
  const log: string[] = [];
  const server = new HttpServer({
    router: new HttpRouter(routes),
    files: new StaticFiles(root),
    isHostAllowed: namesThisMachine,
    logger: new Logger({ sink: (line) => log.push(line), wallUs: () => Date.now() * 1000 }),
  });
  const port = await server.listen("127.0.0.1", 0);
  onTestFinished(() => server.close());
  return { server, port, log };
}
