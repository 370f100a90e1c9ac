/** What hears of a port beside its plain readers: a check, the digest, edges with a field, a delay or a gate, subscribers. */
import { isDeepStrictEqual } from "node:util";
import { Subject } from "rxjs";
import { isRelay } from "../../graph/relay.js";
import type { TypedInput } from "../../graph/typed.js";
import { fieldOf } from "../../message/field.js";
import type { Message, MessageSchema } from "../../message/type.js";
import { compileValidator, type NonFinite } from "../../message/validate.js";
import { fail } from "../../problem/problem.js";
import type { Deliver, Engine } from "../engine/engine.js";
import type { Keep } from "../keep.js";
import type { EdgePlan, OutPlan, Plan } from "../plan/plan.js";
import { type PortDigest, portDigest } from "./digest.js";
import { createTransit } from "./transit.js";

/** One message of a port. */
export interface Sample {
  readonly time_ns: number;
  readonly microstep: number;
  readonly stamp_ns: number;
  readonly message: Message;
}

export interface Outlet {
  readonly name: string;
  readonly digest: PortDigest | undefined;
  /** Edges to the world: they begin where the link of the stream ends. */
  readonly world: readonly Deliver[];
  /** Made when somebody asks for it: free when nobody does. */
  subject(): Subject<Sample>;
  /** The same without a sample around each message. */
  listen(hear: Deliver): void;
  complete(): void;
}

export interface OutletSetup {
  readonly engine: Engine;
  readonly digest: boolean;
  /** In-streams are told by a log, and not by the world. */
  readonly replaying: boolean;
  readonly keep: Keep;
  /** Filled: messages on their way to a slot. */
  readonly flights: Map<number, () => number>;
}

/** Joins every output to everything that is no plain reader. */
export function createOutlets(setup: OutletSetup): Outlet[] {
  const { engine, replaying } = setup;
  const { plan } = engine;
  const checkOf = ({ rank, name, type }: OutPlan, nonFinite: NonFinite) =>
    misfit(engine, name, plan.vertices[rank]!.path, type, nonFinite);
  /** What crosses the boundary is looked at where it is said, so that who says it has faulted. */
  const crossing = plan.outs.map((): Deliver[] => []);
  for (const { rank, spec } of plan.slots) {
    const { place } = plan.vertices[rank]!;
    if (place !== "in" && place !== "out") continue;
    const stream = plan.outs[plan.outStart[rank]!]!;
    const { out: said, field } = saying(plan, spec.from);
    const checks = crossing[said]!;
    if (checks.length === 0) checks.push(checkOf(plan.outs[said]!, "refuse"));
    if (isDeepStrictEqual(spec.type, stream.type)) continue;
    // its range may be narrower than that of the port
    const check = checkOf(stream, "refuse");
    checks.push(field.length === 0 ? check : (message) => check(fieldOf(message, field)));
  }
  return plan.outs.map((spec, out) => {
    const vertex = plan.vertices[spec.rank]!;
    const { place, inserted } = vertex;
    const always = crossing[out]!;
    // nobody looked at what a log says
    if (place === "in" && replaying) return createOutlet(setup, out, [checkOf(spec, "refuse"), ...always], undefined);
    if (place === "in" || place === "out" || isRelay(vertex) || always.length > 0)
      return createOutlet(setup, out, always, undefined);
    // an injected fault may well say NaN; who makes something of it is looked at as ever
    return createOutlet(setup, out, [], checkOf(spec, inserted ? "pass" : "refuse"));
  });
}

/** The output that says what is read there, and the field of it: ports of sub-graphs only pass it on. */
function saying(
  plan: Plan,
  { vertex: id, port, field }: TypedInput["from"],
  passed: ReadonlySet<string> = new Set(),
): { readonly out: number; readonly field: readonly string[] } {
  const rank = plan.rankOf.get(id)!;
  const vertex = plan.vertices[rank]!;
  const [read] = isRelay(vertex) ? vertex.inputs : [];
  // one may read itself around a delay
  if (read !== undefined && !passed.has(id))
    return saying(plan, { ...read.from, field: [...read.from.field, ...field] }, new Set([...passed, id]));
  return { out: plan.outStart[rank]! + vertex.outputs.findIndex((output) => output.port === port), field };
}

/** @throws LimbeckError L0603 */
function misfit(
  engine: Engine,
  name: string,
  path: string,
  type: MessageSchema,
  nonFinite: NonFinite,
): (message: Message | undefined) => void {
  const validate = compileValidator(type, { nonFinite });
  return (message) => {
    if (message === undefined) return;
    const first = validate(message)[0];
    if (first !== undefined)
      fail("L0603", { port: name, time_ns: engine.time_ns, path: first.path, reason: first.reason }, { path });
  };
}

/**
 * Joins an output to everything that is no plain reader.
 *
 * @param always looks at every message
 * @param once looks at the first message
 */
function createOutlet(
  { engine, digest, keep, flights }: OutletSetup,
  out: number,
  always: readonly Deliver[],
  once: Deliver | undefined,
): Outlet {
  const { plan } = engine;
  const { name, type } = plan.outs[out]!;
  const own: { digest: PortDigest | undefined; subject: Subject<Sample> | undefined; check: Deliver | undefined } = {
    digest: digest ? portDigest(type) : undefined,
    subject: undefined,
    check: undefined,
  };
  const listeners: Deliver[] = [];
  if (once !== undefined)
    own.check = (message, stamp_ns) => {
      once(message, stamp_ns);
      own.check = undefined;
      tap();
    };
  const edges = plan.edges[out]!;
  const inner = edges.filter((edge) => !edge.boundary).map((edge) => edgeTo(engine, edge, keep, flights));
  const world = edges.filter((edge) => edge.boundary).map((edge) => edgeTo(engine, edge, keep, flights));

  const tap = () => {
    const { digest, subject, check } = own;
    const list = [...always];
    if (check !== undefined) list.push(check);
    if (digest !== undefined)
      list.push((message, stamp_ns) => digest.add(engine.time_ns, engine.microstep, stamp_ns, message));
    list.push(...inner, ...listeners);
    if (subject !== undefined)
      list.push((message, stamp_ns) =>
        subject.next({ time_ns: engine.time_ns, microstep: engine.microstep, stamp_ns, message }),
      );
    engine.tap(out, list);
  };
  tap();
  return {
    name,
    digest: own.digest,
    world,
    subject() {
      if (own.subject === undefined) {
        own.subject = new Subject<Sample>();
        tap();
      }
      return own.subject;
    },
    listen(hear) {
      listeners.push(hear);
      tap();
    },
    complete: () => own.subject?.complete(),
  };
}

function edgeTo(
  engine: Engine,
  { slot, select, delay_ns }: EdgePlan,
  keep: Keep,
  flights: Map<number, () => number>,
): Deliver {
  const { name } = engine.plan.slots[slot]!;
  const chosen: Deliver =
    select === undefined
      ? (message, stamp_ns) => engine.deliver(slot, message, stamp_ns)
      : (message, stamp_ns) => {
          const part = select(message);
          if (part !== undefined) engine.deliver(slot, part, stamp_ns);
        };
  if (delay_ns === undefined) return chosen;
  const transit = keep(`edge ${name}`, createTransit(engine.agenda, name, chosen));
  flights.set(slot, transit.inFlight);
  return (message, stamp_ns) => void transit.send(engine.time_ns + delay_ns, 0, message, stamp_ns);
}
