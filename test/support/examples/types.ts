/** Examples as TypeScript sees them: each as a module beside the one that it is about, its names imported. */
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { root } from "../run.js";
import type { Example } from "./find.js";
import { GIVEN, moduleOf, namesOf, typesOf } from "./names.js";

/** What the compiler has to say, with the place of the example. */
export function typeErrors(examples: readonly Example[]): string[] {
  const modules = new Map(examples.map((example, i) => [moduleFile(example, i), example]));
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const virtual = <T>(real: (file: string) => T, ours: (example: Example) => T) => {
    return (file: string): T => (modules.has(file) ? ours(modules.get(file)!) : real(file));
  };
  const { readFile, fileExists } = host;
  host.fileExists = virtual(fileExists, () => true);
  host.readFile = virtual(readFile, moduleText);
  const getSourceFile = host.getSourceFile;
  host.getSourceFile = (file, language, ...rest) =>
    modules.has(file)
      ? ts.createSourceFile(file, moduleText(modules.get(file)!), language)
      : getSourceFile(file, language, ...rest);
  const program = ts.createProgram([...modules.keys()], { ...options, noUnusedLocals: false }, host);
  return [...modules].flatMap(([path, { file, line }]) =>
    program
      .getSemanticDiagnostics(program.getSourceFile(path))
      .map(({ messageText }) => `${file}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`),
  );
}

const moduleFile = ({ file }: Example, i: number): string => join(root, dirname(file), `example-${i}.ts`);

function moduleText({ file, code }: Example): string {
  const pathTo = (module: string) => {
    const path = posix.relative(posix.dirname(file), module).replace(/\.ts$/, ".js");
    return path.startsWith(".") ? path : `./${path}`;
  };
  const imports = namesOf(code).flatMap((name) => {
    const module = moduleOf(name, file);
    if (module === undefined) return [];
    const from = pathTo(module);
    return module === GIVEN
      ? [`const ${name} = await (await import("${from}")).given.${name}();`]
      : [`import { ${name} } from "${from}";`];
  });
  const types = typesOf(code).map(([name, module]) => `import type { ${name} } from "${pathTo(module)}";`);
  return [...imports, ...types, "export {};", code].join("\n");
}
