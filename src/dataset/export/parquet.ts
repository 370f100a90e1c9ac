/** Parquet files that are written row group by row group. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { ExportFiles } from "./files.js";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];
export type Kind = "float32" | "float64" | "int64" | "string";

export interface ParquetColumn {
  readonly name: string;
  readonly kind: Kind;
  /** Each value is a list. */
  readonly list?: boolean;
}

/** Values of a column: one a row. */
export type ParquetValues = ArrayLike<number | bigint | string | ArrayLike<number | bigint | string>>;

export interface ParquetFile {
  readonly bytes: number;
  /** One row group; columns in the order of the schema. */
  group(columns: readonly ParquetValues[]): Promise<void>;
  close(): Promise<void>;
}

const LEAF: { readonly [kind in Kind]: Partial<SchemaElement> } = {
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
  int64: { type: "INT64" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

/** Lists are those of the format's specification: a group, `list`, `element`. */
const schemaOf = ({ name, kind, list }: ParquetColumn): SchemaElement[] =>
  list === true
    ? [
        { name, repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "OPTIONAL", ...LEAF[kind] },
      ]
    : [{ name, repetition_type: "OPTIONAL", ...LEAF[kind] }];

/**
 * A new file.
 *
 * @param metadata key-value pairs of the file's footer.
 */
export async function createParquet(
  files: ExportFiles,
  path: string,
  columns: readonly ParquetColumn[],
  metadata: { readonly [key: string]: string } = {},
): Promise<ParquetFile> {
  const sink = await files.create(path);
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: "schema", num_children: columns.length }, ...columns.flatMap(schemaOf)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: "limbeck",
  });
  const drain = async () => {
    await sink.write(writer.getBytes());
    writer.index = 0;
  };
  return {
    get bytes() {
      return writer.offset;
    },
    async group(values) {
      const columnData = columns.map(({ name, kind, list }, i) => ({
        name,
        data: (list ? Array.from(values[i]!, (value) => Array.from(value as ArrayLike<number>)) : values[i]!) as [],
        // a dictionary holds 0 and −0 as one value
        ...(kind.startsWith("float") ? { encoding: "PLAIN" as const } : {}),
      }));
      await parquet.write({ columnData, rowGroupSize: values[0]!.length });
      await drain();
    },
    async close() {
      try {
        await parquet.finish();
        await drain();
      } finally {
        await sink.close();
      }
    },
  };
}
