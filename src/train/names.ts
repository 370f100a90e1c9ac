/** Names by which the models of a training and those who run them know their inputs and outputs. */
import type { Unit } from "./layout.js";

/** What users name stands behind a slash. */
export const inputName = {
  column: (name: string) => `column/${name}`,
  frozen: (name: string) => `frozen/${name}`,
  parameters: (unit: Unit) => `parameters/${unit.name}`,
  slot: (index: number, unit: Unit) => `slot${index}/${unit.name}`,
  average: (unit: Unit) => `average/${unit.name}`,
  scalar: (name: string) => `scalar/${name}`,
  masks: (index: number) => `masks/${index}`,
  next: (name: string) => `next/${name}`,
  metric: (name: string) => `metric/${name}`,
};

/** State of the units that is evaluated and kept. */
export const keptNames = ({
  units,
  averaged,
}: {
  readonly units: readonly Unit[];
  readonly averaged: boolean;
}): string[] => units.map(averaged ? inputName.average : inputName.parameters);
