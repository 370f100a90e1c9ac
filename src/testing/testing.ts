/**
 * `limbeck/testing`: what users test their graphs and components with, and Limbeck itself.
 *
 *   arbitrary graph, messages, stimuli ──► testRun ──► traces, digest ──► expectSame, check…
 *   a component, stimuli ──► solo ──► what it said ──► checkHorizon
 */
export { checkDeterminism, checkOrder, checkReplay, checkSnapshots, type LawOptions } from "./checks.js";
export { type Firing, graphComponents } from "./graph-components.js";
export { allFeatures, arbitraryGraph, type GraphFeatures, reordered } from "./graphs.js";
export { checkHorizon, type HorizonOptions } from "./horizon.js";
export {
  arbitraryMessage,
  arbitraryMessageType,
  type MessageOptions,
  type MessageTypeOptions,
} from "./messages.js";
export {
  type Prepared,
  preparedOf,
  prepareGraph,
  type Stimuli,
  type Subject,
  type TestRun,
  type TestRunOptions,
  testRun,
} from "./run.js";
export { difference, expectSame, type SameOptions } from "./same.js";
export { type Said, type Solo, type SoloOptions, type Stimulus, solo } from "./solo.js";
export { arbitraryStimuli, arbitraryStimulus, type StimulusOptions } from "./stimuli.js";
