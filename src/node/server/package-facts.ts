// The package itself, wherever it is installed: its version and the page that comes with it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root: URL = new URL("../../../", import.meta.url);

/** The folder of the built page. */
export const pageFolder: string = fileURLToPath(new URL("dist/page", root));

let version: string | undefined;

/** The package's version. */
export function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string }).version;
  return version;
}
