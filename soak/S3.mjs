/** No prototype pollution: a name that every JavaScript object carries, in the place of any key or text of any good file. */
import { parse, stringify } from "yaml";
import { rng, seedOf } from "../dist/component/rng.js";
import { parseGraphFile } from "../dist/graphfile/load.js";
import { LimbeckError } from "../dist/limbeck.js";
import { prepareGraph } from "../dist/testing/testing.js";
import { goodFiles } from "./support/mutate.mjs";
import { demand, tries } from "./support/tries.mjs";

export const promise = "no name in a file reaches a prototype, wherever it stands";
export const runs = 50_000;

const NAMES = [...Object.getOwnPropertyNames(Object.prototype), "prototype"];
const shape = () =>
  [Object, Array, Function, Map, String, Number]
    .map(({ prototype }) => Object.getOwnPropertyNames(prototype).join())
    .join("|");
const pristine = shape();

/** Every holder of a key in a value. */
function holdersIn(value) {
  const found = [];
  const collect = (part) => {
    if (part === null || typeof part !== "object") return;
    for (const key of Object.keys(part)) {
      found.push([part, key]);
      collect(part[key]);
    }
  };
  collect(value);
  return found;
}

export async function run({ seed, ...words }) {
  return tries(words, async (index) => {
    const random = rng(seedOf(seed, `names ${index}`));
    const pick = (list) => list[random.integer(list.length)];
    const name = pick(NAMES);
    const value = parse(pick(goodFiles));
    const [holder, key] = pick(holdersIn(value));
    const asKey = !Array.isArray(holder) && random.integer(2) === 0;
    if (asKey) Object.defineProperty(holder, name, { value: pick([holder[key], { polluted: 1 }]), enumerable: true });
    else holder[key] = pick([name, `${name}.${name}`, `$${name}`, `a.${name}`, `value:${name}`]);
    const { graph, problems } = parseGraphFile(stringify(value), "f");
    let errors = problems.filter(({ severity }) => severity === "error").length;
    if (graph !== undefined && errors === 0) {
      try {
        await prepareGraph(graph);
      } catch (error) {
        if (!(error instanceof LimbeckError)) throw error;
        errors = error.problems.length;
      }
    }
    demand(shape() === pristine && {}.polluted === undefined, `${name} got through`);
    if (asKey) demand(errors > 0, `${name} was taken for a key`);
    return { refused: errors > 0 ? 1 : 0, taken: errors > 0 ? 0 : 1 };
  });
}
