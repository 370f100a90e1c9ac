/**
 * Runs the graph with the teacher's recorder laid over it: one run of a log, or episodes from the file's training starts.
 */
import type { Component, Services } from "../component/component.js";
import type { Evaluate, RewriteEntry } from "../graph/ir.js";
import type { NodeVertex } from "../graph/typed.js";
import type { Json } from "../message/type.js";
import { drawStart } from "../runtime/draw.js";
import { episodeLength, episodeSeed } from "../runtime/evaluate.js";
import { createRun } from "../runtime/run.js";
import type { Teacher } from "./teacher.js";
import type { Vary } from "./workbench.js";

/** The start from which rows are collected when the file has one of this name; otherwise its first. */
const TRAINING = "training";

export interface Episode {
  readonly seed: number;
  readonly set: { readonly [param: string]: Json };
  /** Undefined: until every source has ended. */
  readonly for_ns: number | undefined;
}

export interface CollectOptions {
  readonly vary: Vary;
  readonly record: RewriteEntry;
  /** A stand-in that drives a share of the firings while the teacher is recorded beside it. */
  readonly driver?: Driver;
  readonly services: Services;
  /** A node whose firings are counted. */
  readonly counted?: string;
  readonly signal: AbortSignal;
  readonly onTurn: (time_ns: number) => void;
}

export interface CollectedEpisode {
  /** False when it was interrupted. */
  readonly whole: boolean;
  /** Firings of the counted node whose results have landed. */
  readonly firings: number;
}

/** Who drives beside a teacher. */
export interface Driver {
  readonly teacher: Teacher;
  readonly component: Component;
  /** Of the firings, 0 to 1. */
  readonly share: number;
}

/** Name under which a driver is put into the graph; users cannot write it. */
const DRIVER = "model:driver#";

/**
 * How many episodes to run, from where, and for how long.
 *
 * @example
 * const [first, second] = planEpisodes(typed.graph.evaluate, 7, 2, 1e9);
 * first // { seed: 1526184463, set: { "arm.q0": [0.942…, 0.885…] }, for_ns: 1_000_000_000 }
 * second?.seed // 465938524
 */
export function planEpisodes(
  spec: Evaluate | undefined,
  seed: number,
  count: number,
  for_ns: number | undefined,
): Episode[] {
  const start = spec && (Object.hasOwn(spec.starts, TRAINING) ? TRAINING : Object.keys(spec.starts)[0]);
  if (spec === undefined || start === undefined) return [{ seed, set: {}, for_ns }];
  const length = for_ns ?? episodeLength(spec);
  return Array.from({ length: count }, (_, k) => {
    // other draws than those of the evaluation, which has the same starts
    const own = episodeSeed(seed, `collect/${start}`, k);
    return { seed: own, set: drawStart(spec.starts[start]!, own), for_ns: length };
  });
}

/** Runs one episode. */
export async function collect(episode: Episode, options: CollectOptions): Promise<CollectedEpisode> {
  const { vary, record, driver, counted, services, signal, onTurn } = options;
  const shared = driver && {
    rewrites: [driver.teacher.share(DRIVER, driver.share), record],
    components: { [DRIVER]: driver.component },
  };
  const { typed, component } = vary({ set: episode.set, rewrites: [record], recorders: false, ...shared });
  const run = await createRun(typed, { component, services, seed: episode.seed, digest: false, signal, onTurn });
  const { interrupted } = await run.start(episode.for_ns);
  if (counted === undefined) return { whole: !interrupted, firings: 0 };
  // a result that takes its time may be on its way at the end
  const { latency } = typed.byId.get(counted) as NodeVertex;
  return { whole: !interrupted, firings: run.firings(counted) - (latency === undefined ? 0 : 1) };
}
