/** Columns by their full names. */

/**
 * A column's full name, port and all: `joints.position[0]:sin`, `target[1]`.
 *
 * @example
 * columnName({ port: "joints", name: "position[0]" }) // "joints.position[0]"
 * columnName({ port: "target", name: "[1]" }) // "target[1]"
 */
export const columnName = ({ port, name }: { readonly port: string; readonly name: string }): string =>
  name === "" || name.startsWith("[") || name.startsWith(":") ? `${port}${name}` : `${port}.${name}`;
