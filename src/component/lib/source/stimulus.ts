/** What the sources of test signals share: a value that is a number, or a tensor as long as the lists among the params. */
import Type, { type TSchema } from "typebox";
import { tensor } from "../../ports.js";
import { checkEach, type EachOrAll, type Numeric } from "../elementwise.js";

export const unitParam = Type.Optional(Type.String({ description: "unit of the value, `N·m` say" }));

/** The type of the value. @throws LimbeckError L0414 when lists differ in length */
export function valueType(params: { readonly [name: string]: EachOrAll }, unit: string | undefined): TSchema {
  const n = widthOf(Object.values(params));
  const options = unit === undefined ? {} : { unit };
  if (n === undefined) return Type.Number(options);
  for (const [name, param] of Object.entries(params)) checkEach(name, param, n);
  return tensor([n], options);
}

/** The value, element by element. */
export function everyElement(params: readonly EachOrAll[], element: (i: number) => number): Numeric {
  const n = widthOf(params);
  return n === undefined ? element(0) : Float64Array.from({ length: n }, (_, i) => element(i));
}

const widthOf = (params: readonly EachOrAll[]): number | undefined =>
  params.find((param): param is readonly number[] => typeof param !== "number")?.length;
