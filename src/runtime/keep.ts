/** What a snapshot of a run is made of: named parts that give their state as data and take it back. */

export interface Kept {
  snapshot(): unknown;
  restore(saved: unknown): void | Promise<void>;
}

/** Adds a part under a name of its own, and gives it back. */
export type Keep = <T extends Kept>(name: string, part: T) => T;

export interface Parts {
  readonly keep: Keep;
  snapshot(): { readonly [name: string]: unknown };
  restore(saved: { readonly [name: string]: unknown }): Promise<void>;
}

export function createParts(): Parts {
  const parts = new Map<string, Kept>();
  return {
    keep(name, part) {
      if (parts.has(name)) throw new Error(`two parts of a run are called \`${name}\``);
      parts.set(name, part);
      return part;
    },
    snapshot: () => Object.fromEntries([...parts].map(([name, part]) => [name, part.snapshot()])),
    async restore(saved) {
      for (const [name, part] of parts) if (Object.hasOwn(saved, name)) await part.restore(saved[name]);
    },
  };
}
