/** Small questions that generic components ask of the types at their inputs. */
import type { MessageSchema } from "../../message/type.js";

/** The type of an object's field, if it has one. */
export const fieldType = (type: MessageSchema | undefined, field: string): MessageSchema | undefined =>
  type?.properties?.[field];

/** The number of elements of a tensor. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
