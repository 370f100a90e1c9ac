/** Where the names in an example come from. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, posix } from "node:path";
import { runInNewContext } from "node:vm";
import ts from "typescript";
import { root } from "../run.js";
import { sources } from "./find.js";
import { given } from "./given.js";

/** What every JavaScript has, whatever runs it; and a clock, which Node and browsers share. */
const language = new Set<string>([...runInNewContext("Object.getOwnPropertyNames(globalThis)"), "performance"]);

/** Which modules of `src` export a value of this name, and which a type. */
const exporters = new Map<string, string[]>();
const typeExporters = new Map<string, string>();
const read = (file: string) =>
  ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ESNext);
for (const file of sources) {
  const source = read(file);
  for (const name of [source, ...wholesOf(source)].flatMap(exportsOf))
    exporters.set(name, [...(exporters.get(name) ?? []), file]);
  for (const statement of source.statements)
    if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement))
      typeExporters.set(statement.name.text, file);
}

function exportsOf(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, isTypeOnly, moduleSpecifier } = statement;
      // a re-export of ours is found where it is made
      const ours =
        moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text[0] === ".";
      if (ours || isTypeOnly || exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
      return exportClause.elements.filter((e) => !e.isTypeOnly).map((e) => e.name.text);
    }
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap((d) => bound(d.name));
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
      return statement.name === undefined ? [] : [statement.name.text];
    return [];
  });
}

/** The modules all of whose exports are this one's too: a file that stands before a folder. */
function wholesOf(source: ts.SourceFile): ts.SourceFile[] {
  return source.statements.flatMap((s) =>
    ts.isExportDeclaration(s) && s.exportClause === undefined && s.moduleSpecifier !== undefined
      ? [
          read(
            posix.join(
              posix.dirname(source.fileName),
              (s.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, ".ts"),
            ),
          ),
        ]
      : [],
  );
}

/** The names that a declaration binds. */
function bound(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? bound(element.name) : []));
}

/** Steps up and down from one file's folder to another's. */
function distance(from: string, to: string): number {
  return posix.relative(posix.dirname(from), posix.dirname(to)).split("/").filter(Boolean).length;
}

export const GIVEN = "test/support/examples/given.ts";

/** The module that a name of an example comes from; undefined for a name of the language. */
export function moduleOf(name: string, file: string): string | undefined {
  const candidates = exporters.get(name) ?? [];
  if (candidates.includes(file)) return file;
  if (Object.hasOwn(given, name)) return GIVEN;
  if (candidates.length === 0) {
    if (language.has(name)) return undefined;
    throw new Error(`\`${name}\` is exported nowhere in src, and is not given in ${GIVEN}`);
  }
  const [nearest, next] = candidates
    .map((other) => ({ other, far: distance(file, other), layer: layers.indexOf(other.split("/")[1]!) }))
    .sort((a, b) => a.far - b.far || a.layer - b.layer);
  if (nearest!.far === next?.far && nearest!.layer === next.layer)
    throw new Error(`\`${name}\` may be that of ${nearest!.other} or of ${next.other}`);
  return nearest!.other;
}

/** Folders of `src`, the lowest first, in the order in which the layer check has its rules. */
const layers: readonly string[] = (
  createRequire(import.meta.url)("../../../.dependency-cruiser.cjs") as { forbidden: { name: string }[] }
).forbidden.flatMap(({ name }) => /^layer-(.*)/.exec(name)?.[1] ?? []);

/** The names that an example takes from around it. */
export function namesOf(code: string): string[] {
  const own = new Set<string>();
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) && node.name)
      for (const name of bound(node.name)) own.add(name);
    if (ts.isClassDeclaration(node) && node.name) own.add(node.name.text);
    // what a class extends is a value
    if (ts.isExpressionWithTypeArguments(node)) visit(node.expression);
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && !isLabel(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  return [...used].filter((name) => !own.has(name) && name !== "undefined");
}

/** The types of `src` that an example names, each with its module. */
export function typesOf(code: string): (readonly [name: string, module: string])[] {
  const used = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) used.add(node.typeName.text);
    ts.forEachChild(node, visit);
  };
  visit(parse(code));
  return [...used].flatMap((name) => {
    const module = typeExporters.get(name);
    return module === undefined ? [] : [[name, module] as const];
  });
}

/** The name of a member or a key, which stands for itself. */
function isLabel(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  const isMember =
    ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent);
  return isMember && parent.name === node;
}

export const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile("example.ts", code, ts.ScriptTarget.ESNext, true);
