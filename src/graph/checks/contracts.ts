/** Contracts of streams → numbers. */
import { type Draft, type DraftVertex, report } from "../draft.js";
import type { Contract } from "../ir.js";
import { parseDuration, parseRate, parseShare } from "../quantity.js";
import type { TypedContract } from "../typed.js";
import { take } from "./take.js";

export function checkContracts(draft: Draft): void {
  for (const vertex of draft.vertices)
    if (vertex.stream !== undefined) vertex.contract = contractOf(draft, vertex, vertex.stream.contract ?? {});
}

function contractOf(draft: Draft, vertex: DraftVertex, authored: Contract): TypedContract {
  const path = `${vertex.path}/contract`;
  const duration = (key: "jitter" | "latency") =>
    authored[key] === undefined ? 0 : (take(draft, vertex, parseDuration(authored[key], `${path}/${key}`)) ?? 0);
  const rate_hz =
    authored.rate === undefined ? undefined : take(draft, vertex, parseRate(authored.rate, `${path}/rate`));
  const loss = authored.loss === undefined ? 0 : (take(draft, vertex, parseShare(authored.loss, `${path}/loss`)) ?? 0);
  const { range } = authored;
  if (range !== undefined && !isRange(range))
    report(
      draft,
      "L0231",
      { what: `the range of \`${vertex.id}\``, found: JSON.stringify(range).slice(0, 40) },
      vertex,
      `${path}/range`,
    );
  return {
    authored,
    ...(rate_hz === undefined ? {} : { rate_hz }),
    jitter_ns: duration("jitter"),
    latency_ns: duration("latency"),
    loss,
    ...(range === undefined ? {} : { range }),
  };
}

const isRange = (range: readonly unknown[]): boolean =>
  range.length === 2 && range.every((x) => typeof x === "number") && (range[0] as number) <= (range[1] as number);
