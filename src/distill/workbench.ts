/** What distilling needs of the project around it: the graph under variations, and a place for what it makes. */
import type { Component } from "../component/component.js";
import type { RewriteEntry } from "../graph/ir.js";
import type { TypedGraph } from "../graph/typed.js";
import type { Json } from "../message/type.js";

/** The graph again, checked, under more parameters and other rewrites. @throws LimbeckError */
export type Vary = (variation: Variation) => Varied;

export interface Variation {
  readonly set?: { readonly [param: string]: Json };
  /** Laid over the file's own rewrites. */
  readonly rewrites?: readonly RewriteEntry[];
  /** Leave out the file's own recorders (default: they run along). */
  readonly recorders?: boolean;
  /** Components beside those of the library and the file, by name. */
  readonly components?: { readonly [name: string]: Component };
}

export interface Varied {
  readonly typed: TypedGraph;
  readonly component: (name: string) => Component | undefined;
}

/** How far a long job is. A new `phase` ends the one before it. */
export interface Progress {
  /** In the user's words: "training mlp". */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** A few words at the end of the line: "validation loss 0.031". */
  readonly detail?: string;
}
