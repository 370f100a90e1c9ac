/** What came to a component that is driven by messages: one by one, whatever makes its node fire. */
import type { Message } from "../message/type.js";
import type { Context, Inputs, Setup } from "./component.js";

/** A message at an input. */
export interface Arrival {
  readonly port: string;
  readonly message: Message;
  readonly stamp_ns: number;
}

export interface Arrivals {
  /** What came since the last firing, port by port in the order of their declaration. */
  at(inputs: Inputs, ctx: Context): Arrival[];
  /** The stamp of what is said about them: the oldest of theirs, and for a clocked node the tag's time. */
  stampOf(came: readonly Arrival[], time_ns: number): number;
}

/** Reads the inputs of a node. */
export function arrivals({ signature, kinds, trigger }: Setup): Arrivals {
  const ports = Object.keys(signature.inputs);
  const clocked = trigger?.kind === "clock";
  const inArrays = new Set(
    ports.filter(
      (port) => (clocked && kinds[port] === "event") || (trigger?.kind === "window" && trigger.port === port),
    ),
  );
  return {
    at(inputs, ctx) {
      const came: Arrival[] = [];
      for (const port of ports) {
        const value = inputs[port];
        if (value === undefined || !ctx.fresh(port)) continue;
        const stamp_ns = ctx.stamp(port);
        if (inArrays.has(port)) for (const message of value) came.push({ port, message, stamp_ns });
        else came.push({ port, message: value, stamp_ns });
      }
      return came;
    },
    stampOf: (came, time_ns) =>
      clocked ? time_ns : came.reduce((oldest, { stamp_ns }) => Math.min(oldest, stamp_ns), time_ns),
  };
}
