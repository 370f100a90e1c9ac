/**
 * What a component says of itself to TypeScript: its ports and params as types, never present at run time.
 *
 * Graphs in TypeScript are held to them (`graph/types.ts`).
 */
import type { TSchema } from "typebox";
import type { Component } from "./component.js";
import type { PortLike } from "./ports.js";

/** Ports by name, as a step declares them (schemas, `signal(…)`, `event(…)`), and the type of its params. */
export interface ComponentTypes<I = unknown, O = unknown, P = unknown> {
  readonly inputs: I;
  readonly outputs: O;
  readonly params: P;
}

export interface TypedComponent<I, O, P> extends Component {
  readonly types?: ComponentTypes<I, O, P>;
}

/** What a generic step's `ports` may return; a branch may leave a port out. */
export interface GenericPorts {
  readonly inputs: { readonly [port: string]: PortLike | undefined };
  readonly outputs: { readonly [port: string]: PortLike | undefined };
}

/** One record of ports out of those that the branches of a `ports` function return. */
export type Either<R> = {
  readonly [K in R extends unknown ? keyof R : never]: R extends unknown
    ? K extends keyof R
      ? Exclude<R[K], undefined>
      : never
    : never;
};

declare const same: unique symbol;

/** A port that takes any type: all ports of a component that are marked so have the one type that they are connected to. */
export interface Same extends TSchema {
  readonly [same]: true;
}
