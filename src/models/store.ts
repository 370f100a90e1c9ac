/**
 * The model store: `ROOT/NAME/VERSION/` with `model.onnx`, `card.json`, and what was generated for people.
 *
 * A version appears whole or not at all (a folder is filled under another name and renamed), gets a number that no
 * other version has, and is never changed. Reading is synchronous, because checking a graph asks for signatures.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import { makeFolder } from "../record/folder.js";
import { type Card, type CardFacts, checkCard } from "./card.js";
import { namesIn, readBounded, syncFolder, writeDurably } from "./files.js";
import { CHAMPION, checkModelName, isModelName, parseReference, type Reference } from "./reference.js";

/** Largest model that is stored or loaded: 1 GiB. */
export const MAX_MODEL_BYTES = 2 ** 30;
const MAX_CARD_BYTES = 2 ** 24;
const MAX_ATTEMPTS = 1000;
const ALIASES = "aliases.json";

export interface StoredModel {
  readonly name: string;
  readonly version: number;
  readonly folder: string;
  readonly card: Card;
  /** File names in the folder; `report` and `component` where the model has them. */
  readonly files: {
    readonly onnx: string;
    readonly card: string;
    readonly report?: string;
    readonly component?: string;
  };
}

/** What a new version is made of; texts are written from the finished card, which knows version and digest. */
export interface Draft {
  readonly onnx: Uint8Array;
  readonly facts: CardFacts;
  readonly report?: (card: Card) => string | Promise<string>;
  readonly component?: (card: Card) => string;
}

/** A model as `models list` shows it. */
export interface ListedModel {
  readonly name: string;
  readonly versions: readonly number[];
  readonly aliases: { readonly [alias: string]: number };
}

/**
 * Adds a version with the next free number. Safe against other processes that add at the same time; when anything
 * fails, nothing is left behind.
 *
 * @throws LimbeckError L0850 bad name, L0854 facts that are no card, L0855 too large, L0856 no free number
 * @example
 * const { name, version, files } = await addModel(".limbeck/models", "reach", { onnx: encode(model), facts });
 * [name, version, files.onnx] // ["reach", 1, ".limbeck/models/reach/1/model.onnx"]
 */
export async function addModel(root: string, name: string, draft: Draft): Promise<StoredModel> {
  checkModelName(name);
  const size = draft.onnx.byteLength;
  if (size > MAX_MODEL_BYTES) fail("L0855", { file: `${name}/model.onnx`, bytes: size, limit: MAX_MODEL_BYTES });
  const { version, partial } = reserve(root, name);
  try {
    const folder = versionFolder(root, name, version);
    const facts = { ...draft.facts, limbeck: 1 as const, name, version, sha256: sha256(draft.onnx), size };
    const card = checkCard(JSON.parse(JSON.stringify(facts)), join(folder, "card.json"));
    writeDurably(join(partial, "model.onnx"), draft.onnx);
    if (draft.component !== undefined) writeDurably(join(partial, `${name}.ts`), draft.component(card));
    if (draft.report !== undefined) writeDurably(join(partial, "report.html"), await draft.report(card));
    writeDurably(join(partial, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
    syncFolder(partial);
    renameSync(partial, folder);
    syncFolder(join(root, name));
    return stored(root, name, version, card);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

/**
 * All models, by name; versions ascending.
 *
 * @example
 * listModels("models") // [{ name: "reach", versions: [1], aliases: { champion: 1 } }]
 */
export function listModels(root: string): ListedModel[] {
  return namesIn(root)
    .filter(isModelName)
    .map((name) => ({ name, versions: versionsOf(root, name), aliases: Object.fromEntries(aliasesOf(root, name)) }))
    .filter(({ versions }) => versions.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The version that a reference means, and its card.
 *
 * @param reference `reach`, `reach@3`, `reach@champion`
 * @throws LimbeckError L0850 not a reference, L0851 no such model, L0852 no such version or alias, L0854 bad card
 * @example
 * findModel("models", "reach@champion").version // 1
 * findModel("models", "reahc") // throws L0851
 */
export function findModel(root: string, reference: string | Reference): StoredModel {
  const { name, version: wanted } = typeof reference === "string" ? parseReference(reference) : reference;
  const versions = isModelName(name) ? versionsOf(root, name) : [];
  if (versions.length === 0) {
    const known = listModels(root).map((model) => model.name);
    fail("L0851", { name, store: root, known, nearest: nearest(name, known) });
  }
  const aliases = aliasesOf(root, name);
  const version = typeof wanted === "number" ? wanted : aliases.get(wanted);
  if (version === undefined || !versions.includes(version))
    fail("L0852", { name, wanted: String(wanted), versions, aliases: [...aliases.keys()] });
  return stored(root, name, version, readCard(root, name, version));
}

/**
 * A model's bytes, with the digest in its card verified.
 *
 * @throws LimbeckError as `findModel`, and L0003 unreadable, L0853 damaged, L0855 too large
 * @example
 * const { bytes, card } = openModel("models", "reach@1");
 * bytes.length === card.size // true
 */
export function openModel(root: string, reference: string | Reference): StoredModel & { readonly bytes: Uint8Array } {
  const model = findModel(root, reference);
  const { name, version, files } = model;
  const bytes = readBounded(files.onnx, MAX_MODEL_BYTES);
  const found = sha256(bytes);
  if (found !== model.card.sha256) {
    const others = versionsOf(root, name).filter((v) => v !== version);
    fail("L0853", { file: files.onnx, expected: model.card.sha256, found, name, version, others });
  }
  return { ...model, bytes };
}

/**
 * Points an alias at a version.
 *
 * @throws LimbeckError L0850, L0851, L0852
 * @example
 * setAlias("models", "reach", "best", 1);
 * findModel("models", "reach@best").version // 1
 */
export function setAlias(root: string, name: string, alias: string, version: number): void {
  checkModelName(alias);
  findModel(root, { name, version });
  const aliases = Object.fromEntries(aliasesOf(root, name).set(alias, version));
  const file = join(root, name, ALIASES);
  const partial = `${file}.${randomUUID()}.partial`;
  writeDurably(partial, `${JSON.stringify(aliases, null, 2)}\n`);
  renameSync(partial, file);
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const versionFolder = (root: string, name: string, version: number) => join(root, name, String(version));

const versionsOf = (root: string, name: string): number[] =>
  namesIn(join(root, name))
    .filter((entry) => /^[1-9]\d{0,8}$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b);

/** Takes the next version number by making its folder, under a name that readers do not see. */
function reserve(root: string, name: string): { version: number; partial: string } {
  const folder = join(root, name);
  makeFolder(folder);
  const numbers = () => namesIn(folder).map((entry) => Number(/^([1-9]\d{0,8})(?:\.partial)?$/.exec(entry)?.[1] ?? 0));
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const version = Math.max(0, ...numbers()) + 1;
    const partial = `${versionFolder(root, name, version)}.partial`;
    try {
      mkdirSync(partial);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    // another process may have finished this very number between the listing and the mkdir
    if (!versionsOf(root, name).includes(version)) return { version, partial };
    rmSync(partial, { recursive: true });
  }
  return fail("L0856", { folder, attempts: MAX_ATTEMPTS });
}

/** Aliases that were set; without one, the first version is the champion. */
function aliasesOf(root: string, name: string): Map<string, number> {
  const file = join(root, name, ALIASES);
  const first = versionsOf(root, name)[0];
  const aliases = new Map(first === undefined ? [] : [[CHAMPION, first]]);
  if (!namesIn(join(root, name)).includes(ALIASES)) return aliases;
  const read = parseJson(file, readBounded(file, MAX_CARD_BYTES));
  if (typeof read !== "object" || read === null) fail("L0854", { file, reason: "it holds no aliases" });
  for (const [alias, version] of Object.entries(read)) {
    if (!isModelName(alias) || !Number.isInteger(version))
      fail("L0854", { file, reason: `\`${alias}\` is no alias of a version` });
    aliases.set(alias, version);
  }
  return aliases;
}

function readCard(root: string, name: string, version: number): Card {
  const file = join(versionFolder(root, name, version), "card.json");
  const card = checkCard(parseJson(file, readBounded(file, MAX_CARD_BYTES)), file);
  if (card.name !== name || card.version !== version)
    fail("L0854", { file, reason: `it is the card of ${card.name}@${card.version}` });
  return card;
}

function stored(root: string, name: string, version: number, card: Card): StoredModel {
  const folder = versionFolder(root, name, version);
  const there = new Set(namesIn(folder));
  const optional = <K extends string>(key: K, file: string) =>
    there.has(file) ? ({ [key]: join(folder, file) } as { [P in K]: string }) : {};
  return {
    name,
    version,
    folder,
    card,
    files: {
      onnx: join(folder, "model.onnx"),
      card: join(folder, "card.json"),
      ...optional("report", "report.html"),
      ...optional("component", `${name}.ts`),
    },
  };
}

function parseJson(file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    return fail("L0854", { file, reason: `it is not JSON: ${(error as Error).message}` }, {}, { cause: error });
  }
}
