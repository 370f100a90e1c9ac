/** Which neighbours in rank order fire as one: those that are steps and nothing else, a few at a time. */
import type { Engine, Fire } from "./engine.js";
import { MAX_NEIGHBOURS, specialise, type Written } from "./specialise.js";

/**
 * Texts of groups that one graph may have. Every group that is wired in its own way gets code of its own, which takes
 * its time to be written and more to become fast; what is wired alike shares it. Beyond so many, nodes fire one by one,
 * with code that all nodes of a component share.
 */
const MAX_TEXTS = 24;

/** Gives the steps of a run their firings, and takes them apart again when one of them is given another. */
export function fuse(engine: Engine, steps: readonly Written[]): void {
  const watched = engine.beat !== undefined;
  const alone = (step: Written): Fire => specialise(engine.plan, [step], watched);
  const texts = new Set<Fire>();
  for (const group of groups(steps)) {
    const [{ rank: first }] = group as [Written];
    if (group.length > 1 && texts.size >= MAX_TEXTS) {
      for (const step of group) engine.assign(step.rank, alone(step));
      continue;
    }
    const fire = specialise(engine.plan, group, watched);
    texts.add(fire);
    if (group.length === 1) {
      engine.assign(first, fire);
      continue;
    }
    const own = group.map(alone);
    let whole = true;
    const part = (leaving: number) => () => {
      if (!whole) return;
      whole = false;
      for (const [i, { rank }] of group.entries()) if (rank !== leaving) engine.assign(rank, own[i]!);
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
