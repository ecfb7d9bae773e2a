// The package's doors against its map: src/README.md lists what each door exports, every exported name has a comment
// for its user, and core's declarations name no WebAssembly type. `--write` brings the lists up to date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { listFiles } from "./lib/build.cjs";

const DOORS = {
  floe: "src/core",
  "floe/node": "src/node",
  "floe/browser": "src/browser",
  "floe/player": "src/browser",
};
const ENTRY_NAMES = { "floe/player": "player/define.ts" };
const MAP = "src/README.md";

const rootAt = process.argv.indexOf("--root");
const root = rootAt > 0 ? resolve(process.argv[rootAt + 1]) : dirname(dirname(fileURLToPath(import.meta.url)));
const breaches = [];

function openProgram(folder, entry) {
  const configFile = join(root, folder, "tsconfig.json");
  const { options } = ts.getParsedCommandLineOfConfigFile(
    configFile,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
  const files = [entry, ...listFiles(root, folder).filter((file) => file.endsWith(".d.ts"))];
  return ts.createProgram(
    files.map((file) => join(root, file)),
    { ...options, noEmit: true, composite: false },
  );
}

/** The names that a door exports, sorted, values and types apart. Notes names without a comment as breaches. */
function exportsOf(door) {
  const entry = `${DOORS[door]}/${ENTRY_NAMES[door] ?? "index.ts"}`;
  if (!existsSync(join(root, entry))) {
    breaches.push(`${entry}:1 doors/missing: the door ${door} is not there`);
    return { values: [], types: [] };
  }
  const program = openProgram(DOORS[door], entry);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(root, entry));
  const symbol = checker.getSymbolAtLocation(source);
  const found = { values: [], types: [] };
  for (const each of symbol === undefined ? [] : checker.getExportsOfModule(symbol)) {
    const target = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
    // A class that only its type is exported of is none that a user can make.
    const isTypeOnly = each.declarations?.some((declaration) => ts.isTypeOnlyExportDeclaration(declaration)) ?? false;
    const list = target.flags & ts.SymbolFlags.Value && !isTypeOnly ? found.values : found.types;
    list.push(each.name);
    if (!target.declarations?.some(hasComment)) {
      const at = target.declarations?.[0];
      const where = at === undefined ? entry : relative(root, at.getSourceFile().fileName);
      const line = at === undefined ? 1 : at.getSourceFile().getLineAndCharacterOfPosition(at.getStart()).line + 1;
      breaches.push(
        `${where}:${line} doors/undocumented: ${each.name} is exported by ${door} and has no comment for its user`,
      );
    }
  }
  found.values.sort();
  found.types.sort();
  return found;
}

function hasComment(declaration) {
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.getJSDocCommentsAndTags(holder).some((node) => ts.isJSDoc(node));
}

/** The list of a door as it stands in the map. */
function describe({ values, types }) {
  const list = (names) => names.map((name) => `\`${name}\``).join(", ");
  const lines = [];
  if (values.length > 0) {
    lines.push(`Values: ${list(values)}.`);
  }
  if (types.length > 0) {
    lines.push(`Types: ${list(types)}.`);
  }
  return lines.length > 0 ? lines.join("\n\n") : "Nothing: it is imported for its effect.";
}

let map = existsSync(join(root, MAP)) ? readFileSync(join(root, MAP), "utf8") : "";
for (const door of Object.keys(DOORS)) {
  const open = `<!-- exports of ${door} -->\n`;
  const end = "<!-- end -->";
  const from = map.indexOf(open);
  const to = map.indexOf(end, from);
  const text = `${describe(exportsOf(door))}\n`;
  if (from < 0 || to < 0) {
    breaches.push(`${MAP}:1 doors/unlisted: there is no list of the exports of ${door}`);
  } else if (map.slice(from + open.length, to) !== text) {
    if (process.argv.includes("--write")) {
      map = map.slice(0, from + open.length) + text + map.slice(to);
    } else {
      const line = map.slice(0, from).split("\n").length;
      breaches.push(`${MAP}:${line} doors/stale-list: the exports of ${door} changed: run node .ci/doors.mjs --write`);
    }
  }
}
if (process.argv.includes("--write")) {
  writeFileSync(join(root, MAP), map);
}
for (const file of listFiles(root, "dist/core").filter((name) => name.endsWith(".d.ts"))) {
  const declarations = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  if (/\bWebAssembly\./.test(declarations)) {
    breaches.push(`${file}:1 doors/webassembly: an exported type names WebAssembly.*; use our own KernelMemory`);
  }
}
for (const line of breaches) {
  console.log(line);
}
console.log(`doors: ${Object.keys(DOORS).length} doors, ${breaches.length} breaches`);
process.exitCode = breaches.length === 0 ? 0 : 1;
