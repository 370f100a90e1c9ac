/**
 * Digests of what a port said: SHA-256 over (time, microstep, stamp, bytes) of its messages.
 *
 * The digest of a run is SHA-256 over the sorted (port, digest) of its authored streams and nodes; the world and
 * whatever rewriting inserted stand apart, so that a recorder or a shadow can be shown to have changed nothing.
 */
import { createHash, type Hash } from "node:crypto";
import { ByteBuffer, writeFloat64 } from "../../message/bytes.js";
import { compileCodec } from "../../message/encode.js";
import type { Message, MessageSchema } from "../../message/type.js";

const FLUSH_BYTES = 1 << 12;

/** Thousands of ports have few types. */
const codecs = new WeakMap<MessageSchema, ReturnType<typeof compileCodec>>();

export interface PortDigest {
  add(time_ns: number, microstep: number, stamp_ns: number, message: Message): void;
  /** Hexadecimal; the port may go on. */
  value(): string;
}

export function portDigest(type: MessageSchema): PortDigest {
  let codec = codecs.get(type);
  if (codec === undefined) codecs.set(type, (codec = compileCodec(type, "Message")));
  const { encodeInto } = codec;
  const hash: Hash = createHash("sha256");
  const buffer = new ByteBuffer();
  const flush = () => {
    if (buffer.length > 0) hash.update(buffer.bytes());
    buffer.reset();
  };
  return {
    add(time_ns, microstep, stamp_ns, message) {
      writeFloat64(buffer, time_ns);
      writeFloat64(buffer, microstep);
      writeFloat64(buffer, stamp_ns);
      encodeInto(message, buffer);
      if (buffer.length >= FLUSH_BYTES) flush();
    },
    value() {
      flush();
      return hash.copy().digest("hex");
    },
  };
}

/** The digest of a run from those of its ports. */
export function runDigest(ports: { readonly [port: string]: string }): string {
  const hash = createHash("sha256");
  for (const port of Object.keys(ports).sort()) hash.update(`${port}\u0000${ports[port]}\n`);
  return hash.digest("hex");
}
