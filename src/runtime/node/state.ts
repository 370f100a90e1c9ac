import type { Instance } from "../../component/component.js";
import type { NodeVertex } from "../../graph/typed.js";
import type { Gate } from "./gate/gate.js";
import type { Server } from "./gate/portion.js";

/** What a run knows of a node beside what it remembers in arrays. */
export interface NodeState {
  readonly rank: number;
  readonly vertex: NodeVertex;
  instance: Instance | undefined;
  readonly gates: readonly Gate[];
  readonly server: Server;
  /** Results that have not landed yet. */
  inFlight: () => number;
  /** What is in flight never lands. */
  ground: () => void;
  /** Firings cancelled for want of a value, by port. */
  readonly skipped: Map<string, number>;
  /** It has faulted for good. */
  gone: boolean;
  /** Firings, or messages of a source, that had to wait for room in a queue further on. */
  held: number;
}
