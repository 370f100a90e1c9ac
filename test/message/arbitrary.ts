/** Random message types with random messages of them. */
import type { Message, MessageSchema } from "../../src/message/type.js";
import { arbitraryMessage, arbitraryMessageType, type MessageTypeOptions } from "../../src/testing/messages.js";

/** An authored type, in canonical form. */
export const schemas = arbitraryMessageType;

/** A message of the type; numbers are any double when `nonFinite`. */
export const messages = (schema: MessageSchema, nonFinite = false) => arbitraryMessage(schema, { nonFinite });

export const typed = (options: MessageTypeOptions & { readonly nonFinite?: boolean } = {}) =>
  schemas(options).chain((schema) =>
    messages(schema, options.nonFinite).map((message): [MessageSchema, Message] => [schema, message]),
  );
