/** The kind `source`: an ordered run of messages that stands for the outside world (a log, a data file, a stimulus). */
import Type, { type Static, type TObject } from "typebox";
import type { PortSignature, Signature } from "../graph/catalogue.js";
import type { MessageSchema } from "../message/type.js";
import { fail, type Problem } from "../problem/problem.js";
import type { Files, Item, Params } from "./component.js";
import { checkParams } from "./params.js";
import { type PortLike, portSignature } from "./ports.js";
import type { Rng } from "./rng.js";
import type { TypedComponent } from "./typed.js";

type SourcePorts = { readonly [port: string]: PortLike | PortSignature };

export interface SourceSpec<P extends TObject, O extends SourcePorts = SourcePorts> {
  readonly doc: string;
  readonly params?: P;
  /** The ports for these params. */
  readonly outputs: (params: Static<P>) => O;
  /** Messages in order of time. */
  readonly open: (params: Static<P>, files: Files, rng: Rng) => Items;
}

/** What a source yields, and what there is to say about it once it was read. */
export type Items = (Iterable<Item> | AsyncIterable<Item>) & { warnings?(): readonly Problem[] };

/**
 * A component that drives itself: the engine takes its items one by one, in virtual time.
 *
 * Times must not go backwards (L0405); several items of one time share a tag.
 *
 * @example
 * export default source({
 *   doc: "Counts up to a number, one message a second.",
 *   params: Type.Object({ last: Type.Integer({ default: 3 }) }),
 *   outputs: () => ({ value: Type.Integer() }),
 *   *open({ last }) {
 *     for (let n = 0; n <= last; n++) yield { time_ns: n * 1e9, port: "value", message: n };
 *   },
 * });
 */
export function source<P extends TObject, O extends SourcePorts>(
  spec: SourceSpec<P, O>,
): TypedComponent<Record<never, never>, O, Static<P>> {
  const schema = (spec.params ?? Type.Object({})) as unknown as MessageSchema;
  return {
    doc: spec.doc,
    kind: "source",
    params: schema,
    signature(raw): Signature {
      const params = checkParams(schema, raw);
      const outputs = Object.entries(spec.outputs(params as Static<P>)).map(([port, like]) => [
        port,
        "type" in like && typeof like.type === "object" ? (like as PortSignature) : portSignature(like as PortLike),
      ]);
      return {
        inputs: {},
        outputs: Object.fromEntries(outputs),
        params,
        place: "world",
        source: true,
        sink: false,
        stateful: true,
        pure: false,
      };
    },
    instantiate({ node, params, services, rng }) {
      const items = spec.open(params as Static<P> & Params, services.files, rng);
      const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
      let last = -Infinity;
      let count = 0;
      const accept = (result: IteratorResult<Item>): Item | undefined => {
        if (result.done) return undefined;
        const item = result.value;
        if (!Number.isSafeInteger(item.time_ns) || item.time_ns < 0)
          fail("L0404", { node, time: String(item.time_ns), item: count });
        if (item.stamp_ns !== undefined && !Number.isSafeInteger(item.stamp_ns))
          fail("L0404", { node, time: String(item.stamp_ns), item: count });
        if (item.time_ns < last) fail("L0405", { node, time_ns: item.time_ns, last_ns: last, item: count });
        last = item.time_ns;
        count++;
        return item;
      };
      return {
        next() {
          const result = iterator.next();
          return result instanceof Promise ? result.then(accept) : accept(result);
        },
        warnings: () => items.warnings?.() ?? [],
        snapshot: () => count,
        async close() {
          await iterator.return?.();
        },
      };
    },
  };
}
