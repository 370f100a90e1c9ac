/** Params that the plants share. */
import Type from "typebox";

/** Longest step of the integrator, in s. */
export const step = Type.Number({
  default: 0.001,
  exclusiveMinimum: 0,
  unit: "s",
  description: "longest step of the integrator",
});

export const above0 = (unit: string, value: number, description?: string) =>
  Type.Number({ default: value, exclusiveMinimum: 0, unit, ...(description === undefined ? {} : { description }) });

export const atLeast0 = (unit: string, value: number, description?: string) =>
  Type.Number({ default: value, minimum: 0, unit, ...(description === undefined ? {} : { description }) });

export const initial = (unit: string, description: string, value = 0) =>
  Type.Number({ default: value, unit, description });

export const gravity = Type.Number({ default: 9.81, unit: "m/s^2" });
