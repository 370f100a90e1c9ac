/** What an encoding of messages is: a value that knows its own, and opens it. */
import type { ForeignType } from "../type.js";

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
