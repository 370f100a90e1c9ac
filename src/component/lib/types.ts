/** Small questions that generic components ask of the types at their inputs. */
import type { MessageSchema } from "../../message/type.js";

/** The type of an object's field, if it has one. */
export const fieldType = (type: MessageSchema | undefined, field: string): MessageSchema | undefined =>
  type?.properties?.[field];

/** The number of elements of a tensor. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** The unit of a value as the field of a schema, absent where there is none. */
export const unitOf = ({ unit }: MessageSchema): { unit?: string } => (unit === undefined ? {} : { unit });

/** The unit of a value's derivative by time: `rad/s` of `rad`, `m/s^2` of `m/s`. */
export function perSecond({ unit }: MessageSchema): { unit?: string } {
  if (unit === undefined) return {};
  const over = /^(.*)\/s(?:\^(\d+))?$/.exec(unit);
  return { unit: over ? `${over[1]}/s^${Number(over[2] ?? 1) + 1}` : `${unit}/s` };
}
