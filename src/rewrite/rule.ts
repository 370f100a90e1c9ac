/** What a rewrite rule is: a value with a phase, the schema of its options, and a pure function on graphs. */
import type { TSchema } from "typebox";
import type { Catalogue } from "../graph/catalogue.js";
import type { Graph, Ref } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import type { Json } from "../message/type.js";
import type { Origin, Problem } from "../problem/problem.js";

/** The order in which rules are applied, whatever the order in the file; within a phase, file order. */
export const PHASES = [
  "expand",
  "substitute",
  "consensus",
  "shadow",
  "guard",
  "diagnose",
  "inject-fault",
  "record",
  "place",
] as const;
export type Phase = (typeof PHASES)[number];

export type Options = { readonly [name: string]: Json };

export interface Subject {
  readonly graph: Graph;
  /** The same graph, checked. */
  readonly typed: TypedGraph;
  readonly catalogue: Catalogue;
  /** Marks whatever the rule inserts. */
  readonly origin: Origin;
}

/** One thing that a rule did, in words: `inserts`, `replaces`, `rewires`, `removes`. */
export interface Change {
  readonly verb: "inserts" | "replaces" | "rewires" | "removes";
  /** IR path of what was changed. */
  readonly path: string;
  readonly text: string;
}

export interface Outcome {
  readonly graph: Graph;
  readonly changes: readonly Change[];
  /** Why the rule would not, with node ids. A rule with a refusal changes nothing. */
  readonly refusals: readonly Problem[];
  /** Ports whose readers read another one now: what an authored name means goes with them. */
  readonly renamed?: ReadonlyMap<Ref, Ref>;
}

export interface Rule {
  readonly name: string;
  readonly doc: string;
  /** For the reference: how a graph looks before and after. */
  readonly picture: string;
  /** An entry of `rewrites:`, in YAML. */
  readonly example: string;
  /** How it goes about it, in Markdown. */
  readonly notes?: string;
  /** What holds of it, beside what holds of every rule. */
  readonly laws: readonly string[];
  readonly phase: Phase;
  /** TypeBox schema of the options, for the check and for completion in editors. */
  readonly options: TSchema;
  /** Names of components that it would insert and that must be loaded first. */
  readonly inserts?: (options: Options) => readonly string[];
  readonly apply: (subject: Subject, options: Options) => Outcome;
}

/** The rule would not, and says why. */
export const refuse = ({ graph }: Subject, ...refusals: Problem[]): Outcome => ({ graph, changes: [], refusals });
