/**
 * Noise told apart from what it is put on: what a node draws at random, and the node as a function of it.
 *
 *     fire(inputs, rng)   =   program(inputs, DRAWN: next(rng))
 *
 * What is drawn depends on nothing that the node hears. So a loop can be followed again under the noise of a run, and
 * differentiated: the reparameterisation of Kingma and Welling (2014), with common random numbers.
 */
import type { MessageSchema } from "../message/type.js";
import { portSignature, signal, tensor } from "./ports.js";
import type { Rng } from "./rng.js";
import type { TensorProgram } from "./tensor/program.js";

/** The input of a component's program at which it is told what it draws: a float64 tensor. */
export const DRAWN = "#drawn";

export interface Draws {
  /** Numbers of one firing. */
  readonly size: number;
  /** Those of the next firing, at a time in s, from the node's own generator and in the order in which it draws them. */
  next(rng: Rng, time: number): Float64Array;
  /** What the component is when it is told: its tensor program with the further input `DRAWN`. */
  readonly program: TensorProgram;
}

/** Type of the input `DRAWN`. */
export const drawnType = (size: number): MessageSchema => portSignature(signal(tensor([size]))).type;
