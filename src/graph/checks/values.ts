/** Values written into the graph are messages of their port's type: `initial`, `safe`, `missing: {default}`. */
import { fromJson } from "../../message/convert.js";
import { describeType } from "../../message/same.js";
import type { Json, MessageSchema } from "../../message/type.js";
import { pathTo } from "../../problem/path.js";
import { LimbeckError } from "../../problem/problem.js";
import { type Draft, type DraftVertex, report, suggest } from "../draft.js";

export function checkValues(draft: Draft): void {
  for (const vertex of draft.vertices) {
    if (vertex.stream?.initial !== undefined)
      fits(
        draft,
        vertex,
        `\`initial\` of \`${vertex.id}\``,
        vertex.type,
        vertex.stream.initial,
        `${vertex.path}/initial`,
      );
    for (const key of ["initial", "safe"] as const) outputs(draft, vertex, key);
    for (const input of vertex.inputs) {
      const { initial, missing } = input.input ?? {};
      const name = `of input \`${input.port}\` of \`${vertex.id}\``;
      if (initial !== undefined)
        fits(draft, input, `\`initial\` ${name}`, input.type, initial, `${input.path}/initial`);
      if (typeof missing === "object")
        fits(draft, input, `the default ${name}`, input.type, missing.default, `${input.path}/missing/default`);
    }
  }
}

function outputs(draft: Draft, vertex: DraftVertex, key: "initial" | "safe"): void {
  if (vertex.signature === undefined) return;
  const ports = vertex.signature.outputs;
  for (const [port, value] of Object.entries(vertex.node?.[key] ?? {})) {
    const path = pathTo(vertex.path, key, port);
    if (Object.hasOwn(ports, port)) {
      fits(draft, vertex, `\`${key}\` of \`${vertex.id}.${port}\``, ports[port]!.type, value, path);
      continue;
    }
    // an output whose type hangs on an unknown input is not listed yet
    if (vertex.inputs.some((i) => i.type === undefined)) continue;
    const known = Object.keys(ports);
    report(
      draft,
      "L0229",
      { node: vertex.id, key, port, ports: known, nearest: suggest(draft, port, known) },
      vertex,
      path,
      {
        of: "key",
      },
    );
  }
}

function fits(
  draft: Draft,
  part: Pick<DraftVertex, "origins">,
  what: string,
  type: MessageSchema | undefined,
  value: Json,
  path: string,
): void {
  if (type === undefined) return;
  try {
    fromJson(type, value);
  } catch (e) {
    if (!(e instanceof LimbeckError)) throw e;
    for (const p of e.problems)
      report(draft, "L0215", { what, type: describeType(type), reason: p.message }, part, `${path}${p.path ?? ""}`);
  }
}
