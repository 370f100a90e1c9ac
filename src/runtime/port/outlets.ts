/** What hears of a port beside its plain readers: a check, the digest, edges with a field, a delay or a gate, subscribers. */
import { Subject } from "rxjs";
import type { Message } from "../../message/type.js";
import { compileValidator } from "../../message/validate.js";
import { fail } from "../../problem/problem.js";
import type { Deliver, Engine } from "../engine/engine.js";
import type { Keep } from "../keep.js";
import type { EdgePlan } from "../plan/plan.js";
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
  complete(): void;
}

/** Joins an output to everything that is no plain reader. */
export function createOutlet(
  engine: Engine,
  out: number,
  digest: boolean,
  keep: Keep,
  flights: Map<number, () => number>,
): Outlet {
  const { plan } = engine;
  const { name, type, rank } = plan.outs[out]!;
  const { place, path, inserted } = plan.vertices[rank]!;
  const own: { digest: PortDigest | undefined; subject: Subject<Sample> | undefined; check: Deliver | undefined } = {
    digest: digest ? portDigest(type) : undefined,
    subject: undefined,
    check: undefined,
  };
  const boundary = place === "in" || place === "out";
  // an injected fault may well say NaN; who makes something of it is looked at as ever
  const validate = compileValidator(type, { nonFinite: inserted ? "pass" : "refuse" });
  own.check = (message) => {
    const misfit = validate(message)[0];
    if (misfit !== undefined)
      fail("L0603", { port: name, time_ns: engine.time_ns, path: misfit.path, reason: misfit.reason }, { path });
    // what crosses the boundary is looked at always, what a node says once
    if (boundary) return;
    own.check = undefined;
    tap();
  };
  const edges = plan.edges[out]!;
  const inner = edges.filter((edge) => !edge.boundary).map((edge) => edgeTo(engine, edge, keep, flights));
  const world = edges.filter((edge) => edge.boundary).map((edge) => edgeTo(engine, edge, keep, flights));

  const tap = () => {
    const { digest, subject, check } = own;
    const list: Deliver[] = [];
    if (check !== undefined) list.push(check);
    if (digest !== undefined)
      list.push((message, stamp_ns) => digest.add(engine.time_ns, engine.microstep, stamp_ns, message));
    list.push(...inner);
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
