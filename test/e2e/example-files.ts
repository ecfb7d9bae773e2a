// Examples as Node 22.18 runs them, for the Node of the tests: types away, the rest as it stands.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));
/** Inside of the package, so that `floe` means this package as it is built. */
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Examples in a folder of their own. */
export type ExampleFiles = { readonly pathOf: (name: string) => string; remove(): void };

/** Puts examples (by name, without ending) and folders beside them into a new folder. */
export function exampleFiles(names: readonly string[], folders: readonly string[] = []): ExampleFiles {
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, "examples-"));
  const pathOf = (name: string): string => join(folder, `${name}.js`);
  for (const name of names) {
    const { outputText } = ts.transpileModule(readFileSync(join(examples, `${name}.ts`), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    writeFileSync(pathOf(name), outputText);
  }
  for (const name of folders) {
    cpSync(join(examples, name), join(folder, name), { recursive: true });
  }
  return { pathOf, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
