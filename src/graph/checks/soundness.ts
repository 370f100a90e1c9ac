/**
 * Checks beyond wiring: whether a graph that is well formed can work as it is meant to.
 *
 * All are warnings, and each proves what it says from the graph alone. They see drafts with errors in them, and pass over
 * what hangs on those.
 */
import type { Draft } from "../draft.js";
import type { InStream } from "../ir.js";
import { activitiesOf, type Mode } from "./activity.js";
import { checkAges } from "./ages.js";
import { checkAgreement } from "./agreement.js";
import { checkCoincidence } from "./coincidence.js";
import { checkOverlap } from "./overlap.js";
import { checkQueues } from "./queues.js";
import { checkRanges } from "./ranges.js";
import { checkRates } from "./rates.js";
import { checkSpans } from "./spans.js";
import { checkStarvation } from "./starvation.js";
import { checkUnits } from "./units.js";

export function checkSoundness(draft: Draft): void {
  checkUnits(draft);
  checkRanges(draft);
  checkAgreement(draft);
  // while nodes wait for each other there is no order in which anything could happen
  const ordered = !draft.problems.some((p) => p.code === "L0211");
  const activities = ordered ? activitiesOf(draft, modesOf(draft)) : [];
  checkStarvation(draft, activities);
  // rates are told of the world where there is one, else of the contracts
  const [activity] = activities;
  if (activity === undefined) return;
  checkRates(draft, activity);
  checkQueues(draft, activity);
  checkOverlap(draft, activity);
  checkAges(draft, activity);
  checkSpans(draft, activity);
  // live, every message has a tag of its own
  checkCoincidence(draft, activities.at(-1)!);
}

/** A graph is made for simulation when it has a world, and for live runs when a stream has an address. */
function modesOf({ graph }: Draft): Mode[] {
  const streams: InStream[] = Object.values(graph.streams.in);
  const live = streams.some((stream) => stream.live !== undefined);
  const simulated = Object.keys(graph.world).length > 0 || streams.some((stream) => stream.simulate !== undefined);
  return [...(simulated || !live ? (["simulation"] as const) : []), ...(live ? (["live"] as const) : [])];
}
