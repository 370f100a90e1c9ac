/** The model store: versions appear whole, are never changed, and are verified at every load. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CardFacts } from "../../src/models/card.js";
import { addModel, findModel, listModels, openModel, setAlias } from "../../src/models/store.js";
import { type Code, LimbeckError } from "../../src/problem/problem.js";
import { cardFacts } from "../support/card.js";

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "limbeck-models-")), "models");
});
afterEach(() => rmSync(join(root, ".."), { recursive: true }));

const onnx = (text: string) => new TextEncoder().encode(text);
const add = (name = "reach", text = "weights") => addModel(root, name, { onnx: onnx(text), facts: cardFacts });

/** The codes and the text of the LimbeckError that something throws. */
function refusal(run: () => unknown): { codes: Code[]; text: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof LimbeckError) return { codes: error.problems.map((p) => p.code), text: error.message };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("adding and finding", () => {
  test("versions count from 1; files and card are what was given", async () => {
    const first = await addModel(root, "reach", {
      onnx: onnx("one"),
      facts: cardFacts,
      component: (card) => `// ${card.name}@${card.version} ${card.sha256}`,
      report: async (card) => `<p>${card.version}</p>`,
    });
    const second = await add("reach", "two");
    expect([first.version, second.version]).toEqual([1, 2]);
    expect(new TextDecoder().decode(openModel(root, "reach@2").bytes)).toBe("two");
    expect(first.card).toMatchObject({ ...cardFacts, name: "reach", version: 1, size: 3 });
    expect(first.card.sha256).toBe("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    expect(readFileSync(first.files.component!, "utf8")).toBe(`// reach@1 ${first.card.sha256}`);
    expect(readFileSync(first.files.report!, "utf8")).toBe("<p>1</p>");
    expect(readdirSync(first.folder).sort()).toEqual(["card.json", "model.onnx", "reach.ts", "report.html"]);
    expect(second.files).not.toHaveProperty("report");
    expect(findModel(root, "reach@1")).toEqual(first);
  });

  test("the first version is champion until another is promoted; a pin does not move", async () => {
    await add();
    await add();
    expect(findModel(root, "reach").version).toBe(1);
    setAlias(root, "reach", "champion", 2);
    setAlias(root, "reach", "old", 1);
    expect(findModel(root, "reach@champion").version).toBe(2);
    expect(findModel(root, "reach@old").version).toBe(1);
    expect(findModel(root, "reach@1").version).toBe(1);
    expect(listModels(root)).toEqual([{ name: "reach", versions: [1, 2], aliases: { champion: 2, old: 1 } }]);
    expect(readdirSync(join(root, "reach")).sort()).toEqual(["1", "2", "aliases.json"]);
  });

  test("many at once: every one gets a number of its own", async () => {
    const versions = await Promise.all(Array.from({ length: 20 }, (_, i) => add("reach", `model ${i}`)));
    expect(versions.map((model) => model.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    for (const { version, card } of versions) expect(openModel(root, { name: "reach", version }).card).toEqual(card);
  });

  test("processes at once: likewise", async () => {
    // the store's own sources, in four processes that add five versions each
    const script = `
      import { addModel } from ${JSON.stringify(join(import.meta.dirname, "../../src/models/store.ts"))};
      for (let i = 0; i < 5; i++)
        await addModel(process.argv[2], "reach", { onnx: new Uint8Array([i, process.pid & 255]), facts: JSON.parse(process.argv[3]) });
    `;
    const file = join(root, "..", "add.ts");
    writeFileSync(file, script);
    const jiti = join(import.meta.dirname, "../../node_modules/jiti/lib/jiti-cli.mjs");
    const run = () =>
      new Promise<number | null>((done) => {
        spawn(process.execPath, [jiti, file, root, JSON.stringify(cardFacts)], { stdio: "inherit" }).on("exit", done);
      });
    expect(await Promise.all([run(), run(), run(), run()])).toEqual([0, 0, 0, 0]);
    const [{ versions } = { versions: [] }] = listModels(root);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const version of versions) expect(openModel(root, { name: "reach", version }).bytes).toHaveLength(2);
  });

  test("an empty or absent store lists nothing", () => {
    expect(listModels(root)).toEqual([]);
    expect(listModels(join(root, "nowhere"))).toEqual([]);
  });
});

describe("a failed addition leaves nothing behind", () => {
  test.each([
    ["a report that throws", { report: () => Promise.reject(new Error("disk full")) }],
    [
      "a component that throws",
      {
        component: () => {
          throw new Error("disk full");
        },
      },
    ],
  ])("%s", async (_, more) => {
    await expect(addModel(root, "reach", { onnx: onnx("x"), facts: cardFacts, ...more })).rejects.toThrow("disk full");
    expect(readdirSync(join(root, "reach"))).toEqual([]);
    expect((await add()).version).toBe(1);
  });

  test("facts that are no card", async () => {
    const facts = { ...cardFacts, seed: "seven" } as unknown as CardFacts;
    await expect(addModel(root, "reach", { onnx: onnx("x"), facts })).rejects.toThrow(/L0854.*\/seed must be integer/);
    expect(readdirSync(join(root, "reach"))).toEqual([]);
  });

  test("what a killed process left is not a version, and its number is not given again", async () => {
    mkdirSync(join(root, "reach", "1.partial"), { recursive: true });
    expect(listModels(root)).toEqual([]);
    expect((await add()).version).toBe(2);
    expect(findModel(root, "reach").version).toBe(2);
  });
});

describe("loading verifies", () => {
  test("any flipped bit is refused, with both digests and the way back", async () => {
    const { files, card } = await add("reach", "a model of some length");
    await add("reach", "another");
    const good = readFileSync(files.onnx);
    fc.assert(
      fc.property(fc.nat(good.length * 8 - 1), (bit) => {
        const bad = Buffer.from(good);
        bad[bit >> 3]! ^= 1 << (bit & 7);
        writeFileSync(files.onnx, bad);
        const { codes, text } = refusal(() => openModel(root, "reach@1"));
        expect(codes).toEqual(["L0853"]);
        for (const part of [files.onnx, card.sha256, "`reach@2`"]) expect(text).toContain(part);
      }),
    );
    writeFileSync(files.onnx, good);
    expect(openModel(root, "reach@1").bytes).toEqual(good);
  });

  test("with no other version, the way back is a copy or the command", async () => {
    const { files } = await add();
    truncateSync(files.onnx, 3);
    expect(refusal(() => openModel(root, "reach")).text).toContain("run the command in card.json");
  });

  test("a model file or card that is gone", async () => {
    const { files } = await add();
    rmSync(files.onnx);
    expect(refusal(() => openModel(root, "reach")).codes).toEqual(["L0001"]);
    rmSync(files.card);
    expect(refusal(() => findModel(root, "reach")).codes).toEqual(["L0001"]);
  });

  test.each([
    ["not JSON", () => "{", "it is not JSON"],
    ["not a card", () => "[]", "the card must be object"],
    ["a key too many", (card: object) => JSON.stringify({ ...card, extra: 1 }), "(`extra`)"],
    ["no digest", (card: object) => JSON.stringify({ ...card, sha256: undefined }), "sha256"],
    ["a digest that is none", (card: object) => JSON.stringify({ ...card, sha256: "abc" }), "/sha256"],
    ["the card of another", (card: object) => JSON.stringify({ ...card, version: 7 }), "it is the card of reach@7"],
  ])("a card that is %s", async (_, write, reason) => {
    const { files, card } = await add();
    writeFileSync(files.card, write(card));
    const { codes, text } = refusal(() => openModel(root, "reach"));
    expect(codes).toEqual(["L0854"]);
    expect(text).toContain(reason);
  });

  test("aliases that are damaged, or point nowhere", async () => {
    await add();
    const file = join(root, "reach", "aliases.json");
    for (const text of ["[", "null", '{"champion": "two"}', '{"../x": 1}']) {
      writeFileSync(file, text);
      expect(refusal(() => findModel(root, "reach")).codes).toEqual(["L0854"]);
    }
    writeFileSync(file, '{"champion": 9}');
    expect(refusal(() => findModel(root, "reach")).codes).toEqual(["L0852"]);
  });
});

describe("what is not there", () => {
  test("the nearest model, the versions and the aliases are named", async () => {
    await add();
    expect(refusal(() => findModel(root, "raech")).text).toContain("Did you mean `reach`?");
    expect(refusal(() => findModel(root, "reach@4")).text).toContain("It has `reach@1`, `reach@champion`.");
    expect(refusal(() => findModel(root, "reach@best")).text).toContain("no alias `best`");
    expect(refusal(() => setAlias(root, "reach", "champion", 4)).codes).toEqual(["L0852"]);
    expect(refusal(() => setAlias(root, "reach", "../../x", 1)).codes).toEqual(["L0850"]);
  });

  test("a reference made by hand does not lead out of the store", async () => {
    await add();
    renameSync(join(root, "reach"), join(root, "..", "outside"));
    expect(refusal(() => openModel(root, { name: "../outside", version: 1 })).codes).toEqual(["L0851"]);
    await expect(addModel(root, "../outside", { onnx: onnx("x"), facts: cardFacts })).rejects.toThrow(/L0850/);
  });
});
