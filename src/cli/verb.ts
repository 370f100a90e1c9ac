/** What a verb of the command line is: a value with a name, a declaration and a function. */
import type { Command } from "commander";
import type { Output } from "./output.js";

/** What verbs use of the composition root. */
export type Api = Pick<
  typeof import("../limbeck.js"),
  | "loadGraph"
  | "printGraph"
  | "printTypescript"
  | "picture"
  | "simulate"
  | "replay"
  | "firstDivergence"
  | "differences"
  | "distill"
  | "partsOf"
  | "distillParts"
  | "compare"
  | "lower"
  | "lowerSpliced"
  | "verifyPolicy"
  | "storePolicy"
  | "addModel"
  | "buildDataset"
  | "openDataset"
  | "describeOnnx"
  | "packOnnx"
  | "describeRecording"
  | "recover"
  | "filter"
  | "importRecording"
  | "exportDataset"
>;

/** Where what commands make goes, when nobody says. */
export const HOME = ".limbeck";

export interface Context {
  readonly output: Output;
  /** Folder for everything that commands make (`--home`). */
  readonly home: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The words after `limbeck`, as typed. */
  readonly words: readonly string[];
  readonly now: () => Date;
  /** Milliseconds that only go forward, for rates and durations. */
  readonly clock: () => number;
  /** The composition root, loaded when a verb first asks for it: `limbeck explain` needs no ONNX Runtime. */
  readonly limbeck: () => Promise<Api>;
  /** The help page of a verb, by its path (`["models", "show"]`); of `limbeck` itself for no path. @throws LimbeckError L0004 */
  readonly help: (path: readonly string[]) => string;
}

export interface Verb<Options = object> {
  readonly name: string;
  /** One line, for the list of verbs. */
  readonly summary: string;
  /** Command lines that work, each with what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  /** Declares arguments and options; `--json` and `--home` are declared for every verb. */
  declare(command: Command): void;
  /** @returns the exit code, when it is not 0. */
  run(context: Context, options: Options, args: readonly unknown[]): Promise<number | undefined> | number | undefined;
}

/** A verb that is only a word before other verbs: `limbeck models list`. */
export interface Group {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly Verb[];
}
