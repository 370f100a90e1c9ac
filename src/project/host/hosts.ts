/**
 * The workers and processes of a run: one for each node that is not inline, and a spare for those that may restart.
 *
 * All of them start at once and load while the run is put together. The spare has loaded what it may have to stand in
 * for, so that a restart costs an instance and not a start.
 */
import { rng } from "../../component/rng.js";
import type { NodeVertex, TypedGraph } from "../../graph/typed.js";
import { fail, LimbeckError, problem } from "../../problem/problem.js";
import type { Channel } from "../../runtime/host/channel.js";
import { createDialogue, type Dialogue, type Timer } from "../../runtime/host/dialogue.js";
import { type Host, hosted, START_LIMIT_MS } from "../../runtime/host/hosted.js";
import { openProcess } from "./process.js";
import type { Reference } from "./reference.js";
import { openThread } from "./thread.js";

/** Workers and processes of one run. */
export const MAX_HOSTS = 64;
/** What a firing has left of its time when its run is interrupted. */
export const GRACE_MS = 1000;

export interface Hosts {
  readonly host: Host;
  /** Resolves once every spare has loaded what it may stand in for. */
  warm(): Promise<void>;
  /** Ends what is left. */
  close(): Promise<void>;
}

const makers = { worker: openThread, process: openProcess };
type Place = keyof typeof makers;
type Placed = NodeVertex & { readonly placement: Place };

interface House {
  readonly channel: Channel;
  readonly dialogue: Dialogue;
  /** What was asked of it beforehand. */
  readonly loading: Promise<unknown>;
}

/**
 * Starts what the graph's nodes need; undefined when all of them are inline.
 *
 * Once `signal` is aborted a firing has a second left, and is then cut.
 *
 * @throws LimbeckError L0450 for a recorder that is not inline, L0624 for too many
 */
export function openHosts(
  typed: TypedGraph,
  surroundings: Omit<Reference, "component">,
  signal?: AbortSignal,
): Hosts | undefined {
  const placed = typed.vertices.filter(isPlaced);
  if (placed.length === 0) return undefined;
  const sinks = placed.filter(({ signature }) => signature.sink);
  if (sinks.length > 0)
    throw new LimbeckError(
      sinks.map(({ id: node, placement: place, path }) => problem("L0450", { node, place }, { path })),
    );
  if (placed.length > MAX_HOSTS) fail("L0624", { count: placed.length, limit: MAX_HOSTS });

  const referenceOf = ({ node }: NodeVertex): Reference => ({ component: node.component, ...surroundings });
  let open: House[] = [];
  const start = (place: Place, ahead: readonly Reference[]): House => {
    const channel = makers[place]();
    const dialogue = createDialogue(channel, after);
    const loading =
      ahead.length === 0 ? dialogue.ready : dialogue.ask({ ask: "load", references: ahead }, UNUSED, START_LIMIT_MS);
    const house = { channel, dialogue, loading };
    open = [...open.filter((other) => other.dialogue.gone === undefined), house];
    return house;
  };
  const first = new Map(placed.map((vertex) => [vertex.id, start(vertex.placement, [])]));
  const spares = new Map<Place, House>();
  const keepSpare = (place: Place) => {
    const mended = placed.filter((vertex) => vertex.placement === place && vertex.restart !== undefined);
    if (mended.length > 0) spares.set(place, start(place, mended.map(referenceOf)));
  };
  const take = ({ id, placement }: Placed): House => {
    const own = first.get(id);
    if (own !== undefined) {
      first.delete(id);
      return own;
    }
    const spare = spares.get(placement) ?? start(placement, []);
    keepSpare(placement);
    return spare;
  };
  for (const place of Object.keys(makers) as Place[]) keepSpare(place);

  let forget = () => {};
  const interrupted = () => {
    forget = after(GRACE_MS, () => {
      for (const { dialogue } of open) dialogue.cut(signal!.reason);
    });
  };
  signal?.addEventListener("abort", interrupted, { once: true });

  return {
    host(vertex, setup) {
      const { channel, dialogue } = take(vertex as Placed);
      return hosted(vertex, setup, { channel, dialogue, reference: referenceOf(vertex) });
    },
    warm: async () => void (await Promise.all([...spares.values()].map(({ loading }) => loading))),
    async close() {
      signal?.removeEventListener("abort", interrupted);
      forget();
      await Promise.all(open.map(({ channel }) => channel.end()));
    },
  };
}

/** Loading draws nothing. */
const UNUSED = rng(0).snapshot();

const isPlaced = (vertex: TypedGraph["vertices"][number]): vertex is Placed =>
  "placement" in vertex && vertex.placement !== undefined && vertex.placement !== "inline";

/** The longest time that a timer of Node's takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const after: Timer = (ms, work) => {
  const timer = setTimeout(work, Math.min(ms, MAX_TIMER_MS));
  return () => clearTimeout(timer);
};
