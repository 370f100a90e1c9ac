/** Contracts of two streams, or ports of sub-graphs, of which one passes its messages to the other. */
import { type Draft, type DraftVertex, report } from "../draft.js";
import { contractOf, type Promised } from "./activity.js";
import { SLACK } from "./queues.js";

/** Of these, more than was expected is too much. */
const AT_MOST = ["latency_ns", "jitter_ns", "loss"] as const;

export type Disagreement =
  | { readonly key: "rate_hz" | (typeof AT_MOST)[number]; readonly gives: number; readonly expects: number }
  | { readonly key: "range"; readonly gives: Range; readonly expects: Range };

type Range = readonly [number, number];

/**
 * Where the contract of a consumer asks for something else than that of its producer promises.
 *
 * Only what both state is compared: the same rate, at most as much latency, jitter and loss, and a range that lies
 * within the other.
 *
 * @example
 * disagreements({ rate_hz: 50 }, { rate_hz: 100 }) // [{ key: "rate_hz", gives: 50, expects: 100 }]
 * disagreements({ latency_ns: 5e6 }, { latency_ns: 2e6 }) // [{ key: "latency_ns", gives: 5e6, expects: 2e6 }]
 * disagreements({ range: [-1, 1] }, { range: [-2, 2] }) // []
 */
export function disagreements(gives: Promised, expects: Promised): Disagreement[] {
  const found: Disagreement[] = [];
  const [a, b] = [gives.rate_hz, expects.rate_hz];
  if (a !== undefined && b !== undefined && (a > b * SLACK || b > a * SLACK))
    found.push({ key: "rate_hz", gives: a, expects: b });
  for (const key of AT_MOST) {
    const [is, may] = [gives[key], expects[key]];
    if (is !== undefined && may !== undefined && is > may) found.push({ key, gives: is, expects: may });
  }
  const [inner, outer] = [gives.range, expects.range];
  if (inner !== undefined && outer !== undefined && (inner[0] < outer[0] || inner[1] > outer[1]))
    found.push({ key: "range", gives: inner, expects: outer });
  return found;
}

export function checkAgreement(draft: Draft): void {
  for (const vertex of draft.vertices) {
    const [input] = vertex.inputs;
    const expects = contractOf(vertex);
    const from = input?.from;
    if (expects === undefined || from === undefined) continue;
    const { gives, givers } = given(draft, from.vertex, expects);
    // a field of a message may lie in another range than the whole of it
    const differences = disagreements(from.field.length === 0 ? gives : { ...gives, range: undefined }, expects);
    if (differences.length === 0) continue;
    const args = { from: from.vertex.id, to: vertex.id, differences };
    report(draft, "L0258", args, input!, input!.refPath, {
      related: [...givers, vertex].map((one) => ({ message: `contract of \`${one.id}\``, path: placeOf(one) })),
    });
  }
}

/**
 * What is promised of the messages of a stream or port, and by whom.
 *
 * Where it says nothing of latency, jitter or loss itself, it passes on what it is given: they do not grow less on the
 * way. Rates are then told from clocks, and ranges of the parts of a message are not known.
 */
function given(
  { vertices }: Draft,
  from: DraftVertex,
  expects: Promised,
): { gives: Promised; givers: ReadonlySet<DraftVertex> } {
  const gives: { -readonly [K in keyof Promised]: Promised[K] } = { ...contractOf(from) };
  const givers = new Set(Object.values(gives).every((value) => value === undefined) ? [] : [from]);
  const open = () => AT_MOST.filter((key) => expects[key] !== undefined && gives[key] === undefined);
  let at: DraftVertex | undefined = from;
  // ports may lead round in a circle
  for (let hops = 0; hops < vertices.length && open().length > 0; hops++) {
    if (at === undefined || contractOf(at) === undefined) break;
    at = at.inputs[0]?.from?.vertex;
    const contract = at && contractOf(at);
    for (const key of open()) {
      if (contract?.[key] === undefined) continue;
      gives[key] = contract[key];
      givers.add(at!);
    }
  }
  return { gives, givers };
}

const placeOf = ({ stream, path }: DraftVertex): string => `${path}/${stream === undefined ? "params" : "contract"}`;
