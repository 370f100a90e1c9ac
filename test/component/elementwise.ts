/** Inputs for components that treat every element alike. */
import fc from "fast-check";
import type { Component, Inputs } from "../../src/component/component.js";
import type { Json, MessageSchema } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { refused } from "../support/refused.js";

export type Params = { readonly [name: string]: Json };

export const scalar: MessageSchema = { type: "number" };
export const vector = (n: number, more: object = {}): MessageSchema => ({ tensor: [n], dtype: "float64", ...more });
export const angle: MessageSchema = { type: "number", unit: "rad", wraps: true };

/** A value a sample in every [-100, 100]. */
export const samples = (minLength = 1, maxLength = 40) =>
  fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength, maxLength });

/** The outputs of a component for numbers that come `period` seconds apart. */
export function response(
  component: Component,
  params: Params,
  xs: readonly number[],
  { period = 0.01, type = scalar, seed = 1 }: { period?: number; type?: MessageSchema; seed?: number } = {},
): number[] {
  const f = firing(component, params, { value: type }, seed);
  return xs.map((value, k) => f.at(k * period, { value } as Inputs).value as number);
}

/** The codes with which a component refuses params. */
export function refusals(
  component: Component,
  params: Params,
  types: { readonly [port: string]: MessageSchema } = { value: scalar },
): string[] {
  return refused(() => component.signature(params, types));
}
