/** What a metric is: a fold over the errors between two ports of one run. Lower is better. */
export interface Metric {
  readonly name: string;
  readonly doc: string;
  /** Unit of the result, from the unit of the ports. */
  readonly unit: (unit: string | undefined) => string | undefined;
  /** `add` gets the first port less the second, element by element, at each message of the first; it is the same array each time. */
  readonly start: () => { add(error: Float64Array): void; value(): number };
}
