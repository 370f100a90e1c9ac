/** `evaluate` and `rewrites` name metrics, rules, ports and params that exist. */
import { pathTo } from "../../problem/path.js";
import { type Draft, report, suggest } from "../draft.js";
import { parseDuration } from "../quantity.js";
import { parseRef } from "../ref.js";
import { take } from "./take.js";

const authored = { origins: [] };

export function checkEvaluate(draft: Draft): void {
  const { evaluate } = draft.graph;
  if (evaluate === undefined) return;
  if (evaluate.for !== undefined) take(draft, authored, parseDuration(evaluate.for, "/evaluate/for"));
  for (const [name, metric] of Object.entries(evaluate.metrics)) {
    for (const [kind, refs] of Object.entries(metric)) {
      const path = pathTo("/evaluate/metrics", name, kind);
      const known = draft.catalogue.metrics();
      if (!known.includes(kind))
        report(draft, "L0223", { metric: kind, nearest: suggest(draft, kind, known), known }, authored, path, {
          of: "key",
        });
      for (const [i, ref] of refs.entries()) checkRef(draft, ref, pathTo(path, i));
    }
  }
  for (const [name, start] of Object.entries(evaluate.starts))
    for (const param of Object.keys(start)) checkParam(draft, param, pathTo("/evaluate/starts", name, param));
}

export function checkRewrites(draft: Draft): void {
  const known = draft.catalogue.rules();
  for (const [i, { rule }] of draft.graph.rewrites.entries())
    if (!known.includes(rule))
      report(draft, "L0222", { rule, nearest: suggest(draft, rule, known), known }, authored, `/rewrites/${i}/rule`);
}

/** Metrics may compare any port, on either side of the boundary. */
function checkRef(draft: Draft, ref: string, path: string) {
  const parsed = parseRef(ref);
  if (parsed === undefined) return report(draft, "L0228", { ref: ref.slice(0, 80) }, authored, path);
  const { id, port } = parsed;
  const vertex = draft.byId.get(id);
  if (vertex === undefined) {
    const known = draft.vertices.map((v) => v.id);
    return report(draft, "L0203", { ref: id, nearest: suggest(draft, id, known), known }, authored, path);
  }
  const isStream = vertex.stream !== undefined;
  const ports = Object.keys(vertex.signature?.outputs ?? {});
  if (!isStream && vertex.signature === undefined) return;
  if (isStream !== (port === undefined))
    return report(draft, "L0219", { ref, stream: isStream, id, ports }, authored, path);
  if (port === undefined || ports.includes(port) || vertex.inputs.some((i) => i.type === undefined)) return;
  report(draft, "L0204", { node: id, port, ports, nearest: suggest(draft, port, ports) }, authored, path);
}

function checkParam(draft: Draft, param: string, path: string) {
  if (Object.hasOwn(draft.graph.params, param)) return;
  const dot = param.indexOf(".");
  const vertex = draft.byId.get(dot === -1 ? param : param.slice(0, dot));
  if (vertex?.node !== undefined && vertex.signature === undefined) return;
  const ofNode = (id: string) => {
    const v = draft.byId.get(id)!;
    return [...new Set([...Object.keys(v.signature?.params ?? {}), ...Object.keys(v.node?.params ?? {})])].map(
      (p) => `${id}.${p}`,
    );
  };
  const own = vertex?.node === undefined ? [] : ofNode(vertex.id);
  if (own.includes(param)) return;
  const all = () => draft.vertices.filter((v) => v.node !== undefined).flatMap((v) => ofNode(v.id));
  const known = [...Object.keys(draft.graph.params), ...(own.length > 0 ? own : all())];
  report(draft, "L0224", { param, nearest: suggest(draft, param, known), known }, authored, path, { of: "key" });
}
