/** What a component with several messages to say at one tag says at successive microsteps: one message a port a tag. */
import type { Message } from "../message/type.js";
import { fail } from "../problem/problem.js";
import { type Outputs, STAMPS } from "./component.js";
import { MAX_AT_ONCE } from "./timers.js";

/** A message on its way out. */
export interface Outgoing {
  readonly message: Message;
  readonly stamp_ns: number;
}

export interface Outbox {
  /** @throws LimbeckError L0421 when more wait at the port than {@link MAX_AT_ONCE} */
  put(port: string, message: Message, stamp_ns: number): void;
  /** The oldest message of each port. */
  take(): Outputs | undefined;
  /** Whether messages are left for the next microstep. */
  readonly waiting: boolean;
  snapshot(): { readonly [port: string]: readonly Outgoing[] };
  restore(saved: { readonly [port: string]: readonly Outgoing[] }): void;
}

/** @param node its id, for messages */
export function createOutbox(node: string, ports: readonly string[]): Outbox {
  const queues = new Map<string, Outgoing[]>(ports.map((port) => [port, []]));
  let count = 0;
  return {
    put(port, message, stamp_ns) {
      const queue = queues.get(port)!;
      if (queue.length >= MAX_AT_ONCE) fail("L0421", { node, what: `messages at \`${port}\``, limit: MAX_AT_ONCE });
      queue.push({ message, stamp_ns });
      count++;
    },
    take() {
      if (count === 0) return undefined;
      const outputs: { [port: string]: Message } = {};
      const stamps: { [port: string]: number } = {};
      for (const [port, queue] of queues) {
        const first = queue.shift();
        if (first === undefined) continue;
        count--;
        outputs[port] = first.message;
        stamps[port] = first.stamp_ns;
      }
      return Object.assign(outputs, { [STAMPS]: stamps });
    },
    get waiting() {
      return count > 0;
    },
    snapshot: () => Object.fromEntries([...queues].map(([port, queue]) => [port, [...queue]])),
    restore(saved) {
      for (const [port, queue] of queues) queue.splice(0, queue.length, ...(saved[port] ?? []));
      count = [...queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    },
  };
}
