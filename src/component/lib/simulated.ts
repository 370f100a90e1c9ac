/**
 * What a tensor component does in simulation beside its tensors: it stops the run where its result would mean nothing,
 * and adds what is drawn at random. The tensor language has neither: a policy goes on, with NaN wherever it can say so,
 * and there is none of a component that draws.
 */
import type { Context, Inputs, Instance, Outputs, Setup, Stepper } from "../component.js";
import type { TypedComponent } from "../typed.js";

type With<P> = Context & { readonly params: P };

export interface Simulated<P> {
  /** Throws before a firing that would mean nothing. */
  readonly before?: (inputs: Inputs, ctx: With<P>) => void;
  /** What is sent in the end; throws where that means nothing. */
  readonly after?: (outputs: Outputs, ctx: With<P>) => Outputs;
  /** Whether `after` draws at random under these params. */
  readonly random?: (params: P) => boolean;
}

/** The component with a look at what goes into it and comes out of it, where it runs as JavaScript. */
export function simulated<I, O, P>(
  component: TypedComponent<I, O, P>,
  { before, after, random }: Simulated<P>,
): TypedComponent<I, O, P> {
  type Run = Stepper["run"];
  // one around each: the engine makes one text of nodes that share their function
  const around = new WeakMap<Run, Run>();
  const looked = (run: Run): Run => {
    const known = around.get(run);
    if (known !== undefined) return known;
    const own: Run = (inputs, state, ctx, prepared) => {
      before?.(inputs, ctx as With<P>);
      const result = run(inputs, state, ctx, prepared);
      return after === undefined ? result : { ...result, outputs: after(result.outputs, ctx as With<P>) };
    };
    around.set(run, own);
    return own;
  };
  const draws = (params: unknown): boolean => random?.(params as P) === true;
  return {
    ...component,
    signature(raw, types) {
      const { lowerable, ...signature } = component.signature(raw, types);
      return draws(signature.params)
        ? { ...signature, pure: false }
        : { ...signature, ...(lowerable && { lowerable }) };
    },
    tensor: (setup) => (draws(setup.params) ? undefined : component.tensor!(setup)),
    instantiate(setup: Setup): Instance {
      const { step, ...instance } = component.instantiate(setup) as Instance & Required<Pick<Instance, "step">>;
      const fire = instance.fire!.bind(instance);
      return {
        ...instance,
        step: { ...step, run: looked(step.run) },
        fire(inputs, ctx) {
          before?.(inputs, ctx);
          const outputs = fire(inputs, ctx) as Outputs;
          return after === undefined ? outputs : after(outputs, ctx);
        },
      };
    },
  };
}
