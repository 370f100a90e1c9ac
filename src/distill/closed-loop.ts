/** The graph with a stand-in at work, from every one of the file's starts. */
import type { Component, Services } from "../component/component.js";
import type { Evaluate } from "../graph/ir.js";
import { type Evaluated, evaluate, type Lanes } from "../runtime/evaluate.js";
import type { Teacher } from "./teacher.js";
import type { Variation, Vary } from "./workbench.js";

export interface ClosedLoopOptions {
  readonly vary: Vary;
  readonly services: Services;
  readonly spec: Evaluate;
  readonly seed: number;
  /** Who drives in the teachers' places, in the order in which these fire; without any the graph as it is. */
  readonly standIns?: readonly StandIn[];
  readonly trace?: readonly string[];
  readonly signal?: AbortSignal;
  /** Episodes that run side by side. */
  readonly lanes?: Lanes;
  readonly onEpisode?: (done: number, total: number) => void;
}

/** A component in a teacher's place. */
export interface StandIn {
  readonly teacher: Pick<Teacher, "substitute">;
  readonly component: Component;
}

/** The names under which stand-ins are put into a graph; users cannot write them. */
export const standInName = (index: number): string => `model:stand-in#${index}`;

/** What puts stand-ins into a graph: the last first, so that what one reads has the names still that it was made with. */
export const withStandIns = (standIns: readonly StandIn[]): Required<Pick<Variation, "rewrites" | "components">> => ({
  rewrites: standIns.map(({ teacher }, i) => teacher.substitute(standInName(i))).reverse(),
  components: Object.fromEntries(standIns.map(({ component }, i) => [standInName(i), component])),
});

/** Runs every episode, without the file's own recorders. */
export function closedLoop({ vary, standIns = [], spec, ...options }: ClosedLoopOptions): Promise<Evaluated> {
  const variation = { ...withStandIns(standIns), recorders: false };
  const under = (set: Variation["set"] = {}) => vary({ ...variation, set });
  return evaluate(spec, { ...options, component: under().component, prepare: (set) => under(set).typed });
}
