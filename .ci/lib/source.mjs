// Reads one TypeScript file with the compiler's parser: what it imports, and which names it uses where.
import { readFileSync } from "node:fs";
import ts from "typescript";

/**
 * Parses `file`. Answers
 * - `imports`: `{ specifier, kind: "static" | "dynamic", isType, isBare, line }`; a bare one is `import "x"`, a computed
 *   `import()` has specifier undefined;
 * - `names`: identifiers used as values or types (not property names, not the names that declarations give), with line;
 * - `ambient`: lines with `declare` (a branded type's key and fields of classes apart); `references`: lines with a triple-slash reference; `opensWithComment`; `lineCount`.
 */
export function readSource(file) {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found = { imports: [], names: [], ambient: [], references: [], opensWithComment: false, lineCount: 0 };
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line + 1;

  found.lineCount = source.getLineStarts().length - (text.endsWith("\n") ? 1 : 0);
  found.opensWithComment = /^(#!.*\n)?\s*\/[/*]/.test(text);
  for (const match of text.matchAll(/^\s*\/\/\/\s*<(reference|amd-)/gm)) {
    found.references.push(lineOf(match.index + match[0].length));
  }
  visit(source, found, (node) => lineOf(node.getStart(source)));
  return found;
}

function visit(node, found, lineOf) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    if (node.moduleSpecifier !== undefined) {
      addImport(found, node.moduleSpecifier, "static", isTypeOnly(node), lineOf(node));
    }
  } else if (ts.isImportTypeNode(node)) {
    addImport(found, node.argument.literal, "static", true, lineOf(node));
  } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    addImport(found, node.arguments[0], "dynamic", false, lineOf(node));
  } else if (
    node.kind === ts.SyntaxKind.DeclareKeyword &&
    !isBrand(node.parent) &&
    !ts.isPropertyDeclaration(node.parent)
  ) {
    found.ambient.push(lineOf(node));
  } else if (ts.isIdentifier(node) && isUse(node)) {
    found.names.push({ text: node.text, line: lineOf(node), member: memberOf(node) });
  }
  ts.forEachChild(node, (child) => visit(child, found, lineOf));
}

function addImport(found, argument, kind, isType, line) {
  const isLiteral = argument !== undefined && ts.isStringLiteralLike(argument);
  const isBare = argument !== undefined && ts.isImportDeclaration(argument.parent) && !argument.parent.importClause;
  found.imports.push({ specifier: isLiteral ? argument.text : undefined, kind, isType, isBare, line });
}

/** `declare const name: unique symbol`: the key of a branded type, which claims nothing about the runtime. */
function isBrand(statement) {
  const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [];
  return (
    declarations.length > 0 &&
    declarations.every(
      ({ type }) => type !== undefined && ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.UniqueKeyword,
    )
  );
}

/** `import type …`, `export type … from`, and lists in which every name is a type. */
function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) {
    const names =
      node.exportClause !== undefined && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : [];
    return node.isTypeOnly || (names.length > 0 && names.every((name) => name.isTypeOnly));
  }
  const clause = node.importClause;
  if (clause === undefined) {
    return false;
  }
  const bindings = clause.namedBindings;
  const names = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  return clause.isTypeOnly || (clause.name === undefined && names.length > 0 && names.every((name) => name.isTypeOnly));
}

/** False where an identifier only names a member or a declaration of its own. */
function isUse(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) || ts.isQualifiedName(parent)) {
    return (parent.name ?? parent.right) !== node;
  }
  return !("name" in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent));
}

/** The `x` of `Name.x` or `Name["x"]`; undefined when the name stands alone or the member is computed. */
function memberOf(node) {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) {
    return parent.name.text;
  }
  if (ts.isElementAccessExpression(parent) && parent.expression === node) {
    return ts.isStringLiteralLike(parent.argumentExpression) ? parent.argumentExpression.text : undefined;
  }
  return undefined;
}
