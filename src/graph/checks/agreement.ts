/** Contracts of two streams, or ports of sub-graphs, of which one passes its messages to the other. */
import { type Draft, report } from "../draft.js";
import type { TypedContract } from "../typed.js";
import { contractOf } from "./activity.js";
import { SLACK } from "./queues.js";

export type Promised = Pick<TypedContract, "rate_hz" | "range">;

export interface Disagreement {
  readonly key: "rate" | "range";
  readonly gives: string;
  readonly expects: string;
}

/**
 * Where the contract of a consumer asks for something else than that of its producer promises.
 *
 * Latency, jitter and loss are those of a stream's own link, and add up over several; rate and range are passed on.
 *
 * @example
 * disagreements({ rate_hz: 50 }, { rate_hz: 100 }) // [{ key: "rate", gives: "50 Hz", expects: "100 Hz" }]
 * disagreements({ range: [-1, 1] }, { range: [-2, 2] }) // []
 */
export function disagreements(gives: Promised, expects: Promised): Disagreement[] {
  const found: Disagreement[] = [];
  const [a, b] = [gives.rate_hz, expects.rate_hz];
  if (a !== undefined && b !== undefined && (a > b * SLACK || b > a * SLACK))
    found.push({ key: "rate", gives: `${a} Hz`, expects: `${b} Hz` });
  const [inner, outer] = [gives.range, expects.range];
  if (inner !== undefined && outer !== undefined && (inner[0] < outer[0] || inner[1] > outer[1]))
    found.push({ key: "range", gives: `${inner[0]} to ${inner[1]}`, expects: `${outer[0]} to ${outer[1]}` });
  return found;
}

export function checkAgreement(draft: Draft): void {
  for (const vertex of draft.vertices) {
    const [input] = vertex.inputs;
    const expects = contractOf(vertex);
    const from = input?.from;
    const gives = from && contractOf(from.vertex);
    if (expects === undefined || gives === undefined) continue;
    // a field of a message may lie in another range than the whole of it
    const whole = from!.field.length === 0 ? gives : withoutRange(gives);
    const differences = disagreements(whole, expects);
    if (differences.length === 0) continue;
    const args = { from: from!.vertex.id, to: vertex.id, differences };
    report(draft, "L0258", args, input!, input!.refPath, {
      related: [
        { message: `contract of \`${args.from}\``, path: placeOf(from!.vertex) },
        { message: `contract of \`${args.to}\``, path: placeOf(vertex) },
      ],
    });
  }
}

const withoutRange = ({ rate_hz }: Promised): Promised => (rate_hz === undefined ? {} : { rate_hz });

const placeOf = ({ stream, path }: Draft["vertices"][number]): string =>
  `${path}/${stream === undefined ? "params" : "contract"}`;
