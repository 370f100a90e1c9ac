/** Names by which the models of a training and those who run them know their inputs and outputs. */
import type { Unit } from "./layout.js";

/** What users name stands behind a slash. */
export const inputName = {
  column: (name: string) => `column/${name}`,
  frozen: (name: string) => `frozen/${name}`,
  parameters: (unit: Unit) => `parameters/${unit.name}`,
  slot: (index: number, unit: Unit) => `slot${index}/${unit.name}`,
  set: (name: string) => `set/${name}`,
  average: (unit: Unit) => `average/${unit.name}`,
  scalar: (name: string) => `scalar/${name}`,
  masks: (index: number) => `masks/${index}`,
  next: (name: string) => `next/${name}`,
  metric: (name: string) => `metric/${name}`,
};

/** State that is evaluated and kept: of the units, then of the parameters that the environment sets. */
export const keptNames = ({
  units,
  averaged,
  set,
}: {
  readonly units: readonly Unit[];
  readonly averaged: boolean;
  readonly set: readonly string[];
}): string[] => [...units.map(averaged ? inputName.average : inputName.parameters), ...set.map(inputName.set)];
