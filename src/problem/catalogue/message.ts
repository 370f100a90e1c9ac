/** L03: message types and values. */
import { didYouMean, error } from "../entry.js";

const FORMS = `A message type is written in one of four forms:

    Vector2                                       # the name of a type
    {tensor: [2], unit: rad, wraps: true}         # a tensor: a typed array of this shape
    {position: {tensor: [2]}, mode: string}       # an object: its fields, each a message type
    {type: number, minimum: 0, unit: m}           # JSON Schema, told by \`type\`, \`enum\` or \`tensor\``;

export const message = {
  L0300: error<{ name: string; nearest?: string | undefined }>(
    1,
    "unknown message type",
    (a) => ({
      message: `there is no message type \`${a.name}\``,
      help:
        didYouMean(a.nearest) ||
        "Declare it under `messages:`, or use `number`, `integer`, `boolean`, `string` or a built-in type.",
    }),
    `A name in place of a message type must be one of the graph's own \`messages\`, a built-in type, or one of \`number\`, \`integer\`, \`boolean\` and \`string\`.\n\n${FORMS}`,
  ),
  L0301: error<{ found: string }>(
    1,
    "not a message type",
    (a) => ({
      message: `a message type is expected here, and this is ${a.found}`,
      help: "Write a type's name, `{tensor: [2]}`, an object of fields, or a JSON Schema.",
    }),
    FORMS,
  ),
  L0302: error<{ keyword: string; kind: string; nearest?: string | undefined }>(
    1,
    "unknown keyword in a message type",
    (a) => ({
      message: `\`${a.keyword}\` is no keyword of ${a.kind}`,
      help:
        didYouMean(a.nearest) ||
        "Where it is meant as a field, write the object out: `{type: object, properties: {…}}`.",
    }),
    `Limbeck gives a meaning to every keyword it takes, and so refuses those that it would have to ignore.\n\n${FORMS}`,
  ),
  L0303: error<{ keyword: string; expected: string; found: string }>(
    1,
    "wrong value of a keyword",
    (a) => `\`${a.keyword}\` must be ${a.expected}, and is ${a.found}`,
    "Shapes and counts are positive integers, units are strings, `required` lists fields that exist, and `wraps: true` (an angle, equal modulo 2π) belongs to floating-point numbers in radians. `quaternion: true` (q and −q are equal) belongs to tensors of them whose last dimension is 4.",
  ),
  L0304: error<{ name: string }>(
    1,
    "field name not allowed",
    (a) => ({
      message: `\`${a.name}\` cannot name a field`,
      help: "A field's name starts with a letter or `_`, goes on with letters, digits and `_`, and is no name that every JavaScript object has.",
    }),
    "Field names become column names, protobuf field names and parts of references (`joints:position[0]`), so they are plain identifiers. Names such as `constructor` and `__proto__` mean something else in JavaScript.",
  ),
  L0305: error<{ what: string; limit: number }>(
    1,
    "message type too large",
    (a) => `the message type has more than ${a.limit} ${a.what}`,
    "Types are bounded in depth, fields, elements and enum values, so that a file cannot make the checker or a buffer grow without end.",
  ),
  L0306: error<{ expected: string; found: string }>(
    1,
    "value does not fit its message type",
    (a) => `the value must be ${a.expected}, and is ${a.found}`,
    "A tensor is written as nested lists of its shape, or as one flat list in row-major order. Every field that is not optional is given; no other field is.",
  ),
  L0307: error<{ type: string; at: string; reason: string }>(
    1,
    "message type cannot become columns",
    (a) => ({
      message: `${a.type} cannot become columns: ${a.at === "" ? "it" : `\`${a.at}\``} ${a.reason}`,
      help: "Choose a field that can (`port:field`), or bound the type: an `enum` for a string, `maxItems` for an array.",
    }),
    "A dataset and a model see numbers in columns whose count is fixed. Numbers, booleans, enums, tensors, objects, optional fields and arrays with `maxItems` have such columns; a free string and an unbounded array have none.",
  ),
  L0308: error<{ column: string; value: number }>(
    1,
    "number that is not finite",
    (a) => ({
      message: `column \`${a.column}\` is ${a.value}`,
      help: "Mend its source, or choose a policy that lets such values through or drops them.",
    }),
    "One NaN in a column makes a mean, a loss and every weight NaN, far from where it came in. Flattening refuses NaN and infinities unless it is told to pass them. A float64 value beyond the range of float32 counts as infinite in a float32 column.",
  ),
  L0309: error<{ type: string; reason: string; offset: number }>(
    3,
    "bytes are not a message of this type",
    (a) => `byte ${a.offset} is not part of a ${a.type}: ${a.reason}`,
    "Messages are stored as protobuf derived from their type. These bytes end early, have a field of the wrong kind, or a tensor of the wrong length: they belong to another type, or were damaged.",
  ),
  L0310: error<{ cycle: string }>(
    1,
    "message type contains itself",
    (a) => `the message type contains itself: ${a.cycle}`,
    "A message has a bounded size, so no type may hold itself, directly or through another. Use an array with `maxItems` of a type that ends.",
  ),
} as const;
