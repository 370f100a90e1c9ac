/** The catalogue that a graph is checked against: the standard library, loaded files and models, message types, rules. */
import type { Catalogue } from "../graph/catalogue.js";
import type { MessageSchema } from "../message/type.js";
import { LimbeckError, type Problem } from "../problem/problem.js";
import type { Component } from "./component.js";
import { soundName, withCrashing } from "./crashing.js";
import { signatures } from "./signatures.js";

export interface Components extends Catalogue {
  component(name: string): Component | undefined;
}

/** Loads what a name outside of the library stands for (a file, a model), or says that it is not its business. */
export type Resolver = (name: string) => Promise<Component> | undefined;

export interface Setting {
  readonly library: { readonly [name: string]: Component };
  readonly resolvers: readonly Resolver[];
  /** Named message types, the built-in ones included. */
  readonly types: { readonly [name: string]: MessageSchema };
  readonly rules: readonly string[];
  readonly metrics: readonly string[];
}

/**
 * A catalogue in which the given names are loaded; those that fail give their problems once, by name.
 *
 * @example
 * const half = step({
 *   doc: "Half of a number.",
 *   inputs: { value: Type.Number() },
 *   outputs: { half: Type.Number() },
 *   step: ({ value }) => ({ outputs: { half: value / 2 } }),
 * });
 * const setting = { library: { "test/half": half }, resolvers: [], types: {}, rules: [], metrics: [] };
 * const { catalogue } = await openCatalogue(["test/half"], setting);
 * Object.keys(catalogue.signature("test/half", {}, {})!.outputs) // ["half"]
 */
export async function openCatalogue(
  names: Iterable<string>,
  { library, resolvers, types, rules, metrics }: Setting,
): Promise<{ catalogue: Components; failures: ReadonlyMap<string, readonly Problem[]> }> {
  const loaded = new Map<string, Component>();
  const failures = new Map<string, readonly Problem[]>();
  for (const name of new Set([...names].map(soundName))) {
    if (Object.hasOwn(library, name)) continue;
    for (const resolver of resolvers) {
      const loading = resolver(name);
      if (loading === undefined) continue;
      try {
        loaded.set(name, await loading);
      } catch (error) {
        if (!(error instanceof LimbeckError)) throw error;
        failures.set(name, error.problems);
      }
      break;
    }
  }
  const component = withCrashing((name) => (Object.hasOwn(library, name) ? library[name] : loaded.get(name)));
  return {
    failures,
    catalogue: {
      component,
      components: () => Object.keys(library),
      signature: signatures(component),
      message: (name) => (Object.hasOwn(types, name) ? types[name] : undefined),
      messages: () => Object.keys(types),
      rules: () => rules,
      metrics: () => metrics,
    },
  };
}
