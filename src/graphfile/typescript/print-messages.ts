/** Message types of the IR → TypeBox, as a graph file in TypeScript declares them. */
import { canonicalJson } from "../../graph/digest.js";
import type { Graph } from "../../graph/ir.js";
import { builtinTypes } from "../../message/builtin.js";
import { fieldsOf, kindOf } from "../../message/kind.js";
import { isFieldName } from "../../message/normalise.js";
import type { Json, MessageSchema } from "../../message/type.js";
import { type Code, call, type Group, layout, list, object } from "./code.js";

export interface PrintedMessages {
  /** What they need of `limbeck`. */
  readonly imports: readonly string[];
  /** One a type, those that others are made of first. */
  readonly declarations: readonly string[];
  /** Variables of types that no stream carries. */
  readonly unused: readonly string[];
  /** The type of a stream, by the name that it has in the IR. */
  readonly ofStream: (message: string) => Code;
}

/** Everything that has a name in `messages` becomes a constant, and what has none stands where it is used. */
export function printMessages({ messages, streams }: Graph, name: (message: string) => string): PrintedMessages {
  const imports = new Set<string>();
  const named = Object.keys(messages).filter(isFieldName);
  const variables = new Map(named.map((message) => [message, name(message)]));
  const declarations = new Map<string, string>();
  const needs = (word: string) => {
    imports.add(word);
    return word;
  };

  const builtin = (message: string): string | undefined => {
    if (variables.has(message) || !Object.hasOwn(builtinTypes, message)) return undefined;
    // an import of that name, unless a part of the graph has it
    if (!builtins.has(message)) builtins.set(message, name(message));
    const variable = builtins.get(message)!;
    needs(variable === message ? message : `${message} as ${variable}`);
    return variable;
  };
  const builtins = new Map<string, string>();

  const type = (word: string, args: readonly Code[]): Code => {
    needs("Type");
    return call(`Type.${word}`, args);
  };
  const code = (schema: MessageSchema): Code => {
    const { title, ...untitled } = schema;
    if (title === undefined) return structure(untitled);
    const own = messages[title];
    if (own !== undefined && variables.has(title) && equal(own, schema)) return declared(title);
    if (Object.hasOwn(builtinTypes, title) && equal(builtinTypes[title]!, schema)) {
      const variable = builtin(title);
      if (variable !== undefined) return variable;
    }
    needs("message");
    return call("message", [JSON.stringify(title), structure(untitled)]);
  };
  const structure = (schema: MessageSchema): Code => {
    const {
      type: _,
      properties: __,
      required: ___,
      additionalProperties: ____,
      items,
      tensor,
      enum: values,
      ...rest
    } = schema;
    const { dtype, ...annotated } = rest;
    const more = (extra: { readonly [key: string]: Json } = {}): Group[] => {
      const options = { ...extra, ...(annotated as { [key: string]: Json }) };
      const members = Object.entries(options).map(([key, value]) => [key, JSON.stringify(value)]);
      return members.length === 0 ? [] : [object(Object.fromEntries(members))];
    };
    switch (kindOf(schema)) {
      case "tensor":
        needs("tensor");
        return call("tensor", [
          list(tensor!.map(String)),
          ...more(dtype === undefined || dtype === "float64" ? {} : { dtype }),
        ]);
      case "enum":
        return type("Enum", [list(values!.map((value) => JSON.stringify(value))), ...more()]);
      case "array":
        return type("Array", [code(items!), ...more()]);
      case "object":
        return type("Object", [fields(schema), ...more()]);
      case "number":
        return type("Number", more());
      case "integer":
        return type("Integer", more());
      case "boolean":
        return type("Boolean", more());
      case "string":
        return type("String", more());
    }
  };
  const fields = (schema: MessageSchema): Group =>
    object(
      Object.fromEntries(
        fieldsOf(schema).map(({ name, schema, optional }) => [
          name,
          optional ? type("Optional", [code(schema)]) : code(schema),
        ]),
      ),
    );

  const declared = (message: string): string => {
    const variable = variables.get(message)!;
    if (declarations.has(message)) return variable;
    const { title: _, ...schema } = messages[message]!;
    const { type: kind, properties, required, additionalProperties, ...annotations } = schema;
    const bare = kindOf(schema) === "object" && Object.keys(annotations).length === 0;
    const body = bare ? { ...fields(schema), broken: true } : structure(schema);
    needs("message");
    const start = `const ${variable} = `;
    const made = call("message", [JSON.stringify(message), body]);
    declarations.set(message, `${start}${layout(made, "", start.length + 1)};`);
    return variable;
  };
  for (const message of named) declared(message);

  const carried = new Set<string>();
  const carry = (schema: MessageSchema, outermost: boolean): void => {
    const { title, properties = {}, items } = schema;
    const isBuiltin = title !== undefined && Object.hasOwn(builtinTypes, title) && equal(builtinTypes[title]!, schema);
    if (title !== undefined && isBuiltin && !outermost) return;
    if (title !== undefined) carried.add(title);
    for (const inner of [...Object.values(properties), ...(items === undefined ? [] : [items])]) carry(inner, false);
  };
  const ofStream = (message: string): Code => {
    const schema = Object.hasOwn(messages, message) ? messages[message] : undefined;
    if (schema !== undefined) return variables.has(message) ? declared(message) : code(schema);
    if (["number", "integer", "boolean", "string"].includes(message))
      return code({ type: message as "number" | "integer" | "boolean" | "string" });
    return builtin(message) ?? JSON.stringify(message);
  };
  for (const { message } of [...Object.values(streams.in), ...Object.values(streams.out)])
    if (Object.hasOwn(messages, message)) carry(messages[message]!, true);

  const unused = named.filter((message) => !carried.has(message)).map((message) => variables.get(message)!);
  return {
    get imports() {
      return [...imports];
    },
    declarations: [...declarations.values()],
    unused,
    ofStream,
  };
}

const equal = (a: MessageSchema, b: MessageSchema): boolean =>
  canonicalJson({ ...a, title: undefined }) === canonicalJson({ ...b, title: undefined });
