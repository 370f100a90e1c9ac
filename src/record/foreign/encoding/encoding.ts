/** Which encodings of messages are read: one line each. */
import { LimbeckError } from "../../../problem/problem.js";
import type { ForeignType } from "../type.js";
import { json } from "./json.js";
import { limbeck } from "./limbeck.js";
import { protobuf } from "./protobuf.js";
import { ros1, ros2 } from "./ros.js";

/** How a recording describes the messages of a channel. */
export interface Described {
  readonly messageEncoding: string;
  readonly schema: { readonly name: string; readonly encoding: string; readonly data: Uint8Array } | undefined;
  readonly metadata: { readonly [key: string]: string };
}

export interface Decoder {
  readonly type: ForeignType;
  /** @throws any Error where the bytes are no such message */
  decode(bytes: Uint8Array): unknown;
}

export interface Encoding {
  /** Whether it is this encoding. */
  is(described: Described): boolean;
  /** @throws any Error where the schema is none */
  open(described: Described): Decoder;
}

const encodings: readonly Encoding[] = [limbeck, protobuf, json, ros1, ros2];

/** Named in problems. */
export const READ = "JSON, protobuf, ROS 1 (ros1msg) and ROS 2 (ros2msg in CDR)";

/** A decoder, or in words why there is none. */
export function openDecoder(described: Described): Decoder | string {
  const found = encodings.find((encoding) => encoding.is(described));
  const { messageEncoding, schema } = described;
  const written = [messageEncoding, ...(schema === undefined ? [] : [schema.encoding])].filter((word) => word !== "");
  if (found === undefined)
    return `its messages are ${written.join(" with schemas in ") || "of no named encoding"}; read are ${READ}`;
  try {
    return found.open(described);
  } catch (error) {
    const reason = error instanceof LimbeckError ? error.problems[0]!.message : (error as Error).message;
    return `its schema cannot be read (${reason})`;
  }
}
