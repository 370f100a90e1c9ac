/** `when: {port: contact.force, above: 20}`: conditions on a row, as data. */
import type { Json, Message } from "../../message/type.js";
import { sameMessage } from "./difference.js";
import { type RecordedRow, type Spot, spotOf, valueAt } from "./row.js";

/** All that is said must hold. */
export interface Clause {
  /** A recorded port, or a field of one. */
  readonly port: string;
  readonly above?: number;
  readonly below?: number;
  readonly equals?: number | boolean | string;
  /** Differs from the complete row before; in the first row nothing does. */
  readonly changes?: boolean;
  /** The rest of the clause does not hold. */
  readonly not?: boolean;
}

/** A list: all hold. `any`: one of them does. */
export type When = Clause | readonly Clause[] | { readonly any: readonly Clause[] };

export type Predicate = (row: RecordedRow, before: RecordedRow | undefined) => boolean;

/** The clauses of a condition, with their places in it. */
export function clausesOf(when: When): { readonly clause: Clause; readonly path: string }[] {
  if ("any" in when) return when.any.map((clause, i) => ({ clause, path: `/any/${i}` }));
  if (Array.isArray(when)) return when.map((clause: Clause, i) => ({ clause, path: `/${i}` }));
  return [{ clause: when as Clause, path: "" }];
}

/**
 * The condition as a function. A value that is absent, or no number where one is compared, is neither above nor below.
 *
 * @param ports that the rows have
 * @example
 * const presses = predicateOf({ port: "contact.force:z", above: 20 }, ["contact.force"]);
 * const row = (z: number) => ({
 *   tag_ns: 0,
 *   microstep: 0,
 *   entries: [{ port: "contact.force", stamp_ns: 0, message: { z } }],
 * });
 * [presses(row(19), undefined), presses(row(21), undefined)] // [false, true]
 */
export function predicateOf(when: When, ports: readonly string[]): Predicate {
  const tests = clausesOf(when).map(({ clause }) => testOf(clause, spotOf(ports, clause.port)!));
  if (tests.length === 1) return tests[0]!;
  if ("any" in when) return (row, before) => tests.some((test) => test(row, before));
  return (row, before) => tests.every((test) => test(row, before));
}

function testOf({ above, below, equals, changes, not = false }: Clause, spot: Spot): Predicate {
  const holds = (value: Message | undefined, before: RecordedRow | undefined): boolean =>
    (above === undefined || (value as number) > above) &&
    (below === undefined || (value as number) < below) &&
    (equals === undefined || value === (equals as Json)) &&
    (changes === undefined || (before !== undefined && !sameMessage(value, valueAt(before, spot))) === changes);
  return (row, before) => holds(valueAt(row, spot), before) !== not;
}
