/**
 * What is to be distilled: a region of nodes, or a relation between ports; either way ports in, ports out, a trigger.
 *
 * A teacher knows how to be recorded and how to be replaced, so that the rest of the pipeline asks neither which form
 * it has nor where it lies.
 */

import { isDeepStrictEqual } from "node:util";
import type { PortKind } from "../graph/catalogue.js";
import type { RewriteEntry, Trigger } from "../graph/ir.js";
import type { NodeVertex, TypedGraph } from "../graph/typed.js";
import { isFlattenable } from "../message/flatten.js";
import { describeType, sameType } from "../message/same.js";
import type { Json, MessageSchema } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail, LimbeckError, type Problem, problem } from "../problem/problem.js";
import { findPort, isStream, type NamedPort, portNames } from "../rewrite/port.js";
import { regionOf } from "../rewrite/region.js";

export type TeacherSpec =
  | {
      readonly nodes: readonly string[];
      /** A node beside them: the student learns what is missing from its outputs, and adds it to them. */
      readonly residual?: string;
    }
  | { readonly all: true }
  | { readonly inputs: readonly string[]; readonly outputs: readonly string[] };

export interface TeacherPort {
  /** The student's port. */
  readonly port: string;
  /** Where its values come from in the graph, and the name under which they are recorded. */
  readonly ref: string;
  readonly type: MessageSchema;
  readonly kind: PortKind;
}

export interface Teacher {
  /** What it is, in a few words. */
  readonly name: string;
  /** Of a region; a relation has none. */
  readonly nodes?: readonly string[];
  readonly inputs: readonly TeacherPort[];
  readonly outputs: readonly TeacherPort[];
  readonly on: Trigger;
  /** The node of a residual. */
  readonly residual?: string;
  /** The input port that an output port starts from, where a student learns what is missing only. */
  readonly base?: { readonly [output: string]: string };
  /** Nodes that remember: a student that sees one firing at a time cannot. */
  readonly stateful: readonly string[];
  /** The rewrite that records its rows. */
  record(as: string): RewriteEntry;
  /** The rewrite that puts a component in its place. */
  substitute(component: string): RewriteEntry;
  /** The rewrite that lets a component drive a share of the firings beside it. Regions only. */
  share(component: string, share: number): RewriteEntry;
}

/**
 * The teacher that these words mean in this graph.
 *
 * @throws LimbeckError L0504 to L0509, L0901, L0902
 * @example
 * const { name, inputs, outputs, on } = findTeacher(typed, { nodes: ["controller"] });
 * name // "controller"
 * inputs.map(({ port, ref }) => `${port}: ${ref}`) // ["target: ik.angles", "joints: joints", …]
 * outputs.map(({ ref }) => ref) // ["controller.torque"]
 * on // { clock: "100hz" }
 */
export function findTeacher(typed: TypedGraph, spec: TeacherSpec): Teacher {
  const teacher =
    "inputs" in spec
      ? relation(typed, spec)
      : "all" in spec
        ? region(
            typed,
            Object.keys(typed.graph.nodes).filter((id) => !id.includes("#")),
          )
        : region(typed, spec.nodes, spec.residual);
  const late = teacher.inputs.find(({ port, kind }) => kind === "event" && !isThere(teacher.on, port));
  if (late !== undefined) fail("L0902", { port: late.ref, teacher: teacher.name });
  const problems = [...teacher.inputs, ...teacher.outputs].flatMap(({ ref, type }): Problem[] => {
    const flat = isFlattenable(type);
    return flat.ok ? [] : [problem("L0901", { port: ref, path: flat.path, reason: flat.reason })];
  });
  if (problems.length > 0) throw new LimbeckError(problems);
  return teacher;
}

/** Whether an event comes with every firing: then it is an input as any other. */
const isThere = (on: Trigger, port: string): boolean =>
  ("each" in on && on.each.length === 1 && on.each[0] === port) || ("aligned" in on && on.aligned.ports.includes(port));

function region(typed: TypedGraph, nodes: readonly string[], residual?: string): Teacher {
  const found = regionOf(typed, nodes, "distill", "/nodes");
  if (Array.isArray(found)) throw new LimbeckError(found);
  const inside = found.nodes.map((id) => typed.byId.get(id) as NodeVertex);
  const own = found.inputs.map(({ port, type, input, kind }) => ({ port, type, kind, ref: input.from }));
  const outputs = found.outputs.map(({ port, type, ref, kind }) => ({ port, type, kind, ref }));
  const { base, more } =
    residual === undefined ? { base: {}, more: [] } : baseOf(typed, found.nodes, residual, own, outputs);
  const inputs = [...own, ...more];
  const beside = more.length === 0 ? {} : { inputs: Object.fromEntries(more.map(({ port, ref }) => [port, ref])) };
  return {
    name: found.nodes.join(", "),
    nodes: found.nodes,
    inputs,
    outputs,
    on: found.on,
    stateful: inside
      .filter(
        ({ signature, trigger, inputs }) =>
          signature.stateful ||
          inputs.some((input) => input.delay_ns !== undefined) ||
          // between its own ticks it holds what it said
          (trigger.kind === "clock" && !isDeepStrictEqual(trigger, found.trigger)),
      )
      .map(({ id }) => id),
    // what it says itself, whoever drives
    record: recordEntry(inputs, outputs, { raw: true }),
    ...(residual === undefined ? {} : { residual, base }),
    substitute: (component) => ({ rule: "substitute", options: { nodes: found.nodes, with: component, ...beside } }),
    share: (component, share) => ({ rule: "share", options: { nodes: found.nodes, with: component, share } }),
  };
}

/** The ports that a residual starts from: those of the region where it reads them already, else further inputs. */
function baseOf(
  typed: TypedGraph,
  inside: readonly string[],
  node: string,
  own: readonly TeacherPort[],
  outputs: readonly TeacherPort[],
): { base: { [output: string]: string }; more: TeacherPort[] } {
  const known = Object.keys(typed.graph.nodes).filter((id) => !id.includes("#"));
  const vertex = typed.byId.get(node);
  if (vertex === undefined || isStream(vertex) || !known.includes(node))
    return fail("L0504", { rule: "distill", port: node, known, nearest: nearest(node, known) });
  const base: { [output: string]: string } = {};
  const more: TeacherPort[] = [];
  for (const { port, type } of outputs) {
    const refuse = (reason: string): never => fail("L0908", { output: port, base: node, reason });
    if (inside.includes(node)) refuse("it is part of what is distilled");
    const named = vertex.outputs.length === 1 ? vertex.outputs[0]! : vertex.outputs.find((o) => o.port === port);
    if (named === undefined) return refuse("it has no output of this name");
    if (sameType(type, named.type) !== undefined)
      refuse(`it gives ${describeType(named.type)}, not ${describeType(type)}`);
    const ref = `${node}.${named.port}`;
    const there = [...own, ...more].find((input) => input.ref === ref);
    const taken = (name: string) => [...own, ...more].some((input) => input.port === name);
    const fresh = taken(node) ? `${node}_${named.port}` : node;
    if (there === undefined) more.push({ port: fresh, ref, type: named.type, kind: named.kind });
    base[port] = there?.port ?? fresh;
  }
  return { base, more };
}

function relation(typed: TypedGraph, spec: { inputs: readonly string[]; outputs: readonly string[] }): Teacher {
  const known = portNames(typed);
  const problems: Problem[] = [];
  const resolve = (names: readonly string[]) =>
    names.flatMap((name): [string, NamedPort][] => {
      const port = findPort(typed, name);
      if (port !== undefined) return [[name, port]];
      problems.push(problem("L0504", { rule: "distill", port: name, known, nearest: nearest(name, known) }));
      return [];
    });
  const from = resolve(spec.inputs);
  const to = resolve(spec.outputs);
  if (problems.length > 0) throw new LimbeckError(problems);
  const inputs = ports(from);
  const outputs = ports(to);
  const stream = to.find(([, { vertex }]) => isStream(vertex))?.[1].vertex.id;
  return {
    name: outputs.map((o) => o.ref).join(", "),
    inputs,
    outputs,
    on: { each: inputs.map((i) => i.port) },
    stateful: [],
    record: recordEntry(inputs, outputs, { rows: "asof" }),
    substitute: (component) => ({
      rule: "substitute",
      options: {
        ...(stream === undefined ? { nodes: to.map(([, { vertex }]) => vertex.id) } : { stream }),
        with: component,
        inputs: Object.fromEntries(inputs.map(({ port, ref }) => [port, ref])),
      },
    }),
    share: () => fail("L0930", { reason: "a relation between ports has no nodes that could answer beside a stand-in" }),
  };
}

/** Short names where they are different: the stream, the node when it has a single output, else the port. */
function ports(named: readonly [string, NamedPort][]): TeacherPort[] {
  const short = ([, { port, vertex }]: [string, NamedPort]) =>
    isStream(vertex) || vertex.outputs.length === 1 ? vertex.id.split("/").at(-1)! : port;
  const count = (text: string) => named.filter((n) => short(n) === text).length;
  return named.map((entry) => {
    const [, { ref, type, kind }] = entry;
    const port = count(short(entry)) === 1 ? short(entry) : ref.replaceAll(/[^A-Za-z0-9_]+/g, "_");
    return { port, ref, type, kind };
  });
}

const recordEntry =
  (inputs: readonly TeacherPort[], outputs: readonly TeacherPort[], more: { [option: string]: Json } = {}) =>
  (as: string): RewriteEntry => ({
    rule: "record",
    options: { as, inputs: inputs.map((p) => p.ref), outputs: outputs.map((p) => p.ref), ...more },
  });
