/** Which neighbours in rank order fire as one: those that are steps and nothing else, where the code for it pays. */
import type { Engine, Fire } from "./engine.js";
import { keyOf, MAX_NEIGHBOURS, specialise, type Written } from "./specialise.js";

/**
 * Kinds of neighbourhood up to which all of them are joined. Each has code of its own, which takes its time to be
 * written and more to become fast. In a graph with more kinds only those that come again are joined, and all other nodes
 * fire one by one, with code that the nodes of a component share.
 */
const MAX_KINDS = 8;
const COMES_AGAIN = 4;

/** Gives the steps of a run their firings, and takes them apart again when one of them is given another. */
export function fuse(engine: Engine, steps: readonly Written[]): void {
  const { plan } = engine;
  const watched = engine.beat !== undefined;
  const alone = (step: Written): Fire => specialise(plan, [step], watched);
  const neighbourhoods = [...groups(steps)]
    .filter((group) => group.length > 1)
    .map((group) => ({ group, key: keyOf(plan, group, watched) }));
  const count = new Map<string, number>();
  for (const { key } of neighbourhoods) count.set(key, (count.get(key) ?? 0) + 1);
  for (const { group, key } of neighbourhoods) {
    if (count.size > MAX_KINDS && count.get(key)! < COMES_AGAIN) continue;
    const first = group[0]!.rank;
    const fire = specialise(plan, group, watched);
    let whole = true;
    const part = (leaving: number) => () => {
      if (!whole) return;
      whole = false;
      for (const [i, { rank }] of group.entries()) if (rank !== leaving) engine.assign(rank, alone(group[i]!));
    };
    for (const { rank } of group) {
      engine.first[rank] = first;
      engine.assign(rank, fire, part(rank));
    }
  }
}

/** Steps that follow each other without a gap, and whose bits lie in one word. */
function* groups(steps: readonly Written[]): Iterable<Written[]> {
  let group: Written[] = [];
  for (const step of steps) {
    const last = group.at(-1);
    const fits =
      last !== undefined &&
      step.rank === last.rank + 1 &&
      step.rank >>> 5 === last.rank >>> 5 &&
      group.length < MAX_NEIGHBOURS;
    if (!fits && group.length > 0) {
      yield group;
      group = [];
    }
    group.push(step);
  }
  if (group.length > 0) yield group;
}
