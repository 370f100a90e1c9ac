/**
 * Components that are better run as JavaScript written by hand: they pass messages of any type on as they came, or stop
 * early. Their tensor form says the same, for those params under which they draw nothing at random and those types that
 * the tensor language has.
 */
import type { Params } from "../component.js";
import type { TypedComponent } from "../typed.js";

/**
 * A step with the tensor form of another component, which says the same over symbolic values.
 *
 * @param random whether these params make it draw at random: then it has none
 */
export function alsoTensor<I, O, P>(
  step: TypedComponent<I, O, P>,
  { tensor }: TypedComponent<unknown, unknown, unknown>,
  random: (params: P) => boolean = () => false,
): TypedComponent<I, O, P> {
  const draws = (params: Params): boolean => random(params as P);
  return {
    ...step,
    signature(raw, types) {
      const signature = step.signature(raw, types);
      const { params, stateful } = signature;
      return draws(params) ? signature : { ...signature, lowerable: true, pure: !stateful };
    },
    tensor: (setup) => (draws(setup.params) ? undefined : tensor!(setup)),
  };
}
