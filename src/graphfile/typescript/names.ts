/** Variables for a printed graph: the author's names as far as TypeScript lets them be names. */

const RESERVED = new Set(
  "arguments as async await break case catch class const continue debugger default delete do else enum eval export extends false finally for from function g get graph if implements import in instanceof interface let limbeck message new null of package private protected public return set static super switch tensor this throw true try Type typeof undefined var void while with yield".split(
    " ",
  ),
);

/** Gives each name a variable of its own, near to it: `leg/ik` is `leg_ik`. */
export function namer(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const near = name.replace(/[^\w$]+/g, "_").replace(/^(?=\d)/, "_") || "_";
    for (let n = 1; ; n++) {
      const variable = n === 1 ? near : `${near}_${n}`;
      if (RESERVED.has(variable) || taken.has(variable)) continue;
      taken.add(variable);
      return variable;
    }
  };
}
