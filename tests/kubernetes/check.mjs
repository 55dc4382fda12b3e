// node check.mjs <file>…: reads Kubernetes manifests, and checks each against the types of the API that
// kubernetes-models generates from its schema. As an object literal, a manifest with an unknown, missing or mistyped
// field does not compile. Prints, for each file, its resources and its errors, as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { parseAllDocuments } from "yaml";

const manifests = process.argv.slice(2).map((file) => ({
  source: `${file}.ts`,
  resources: parseAllDocuments(readFileSync(file, "utf8"), { strict: true, uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0) {
      throw document.errors[0];
    }
    return document.toJS();
  }),
}));

for (const { source, resources } of manifests) {
  const literals = resources.map(({ apiVersion, kind, ...rest }, i) => `
    import type { I${kind} as Type${i} } from "kubernetes-models/${apiVersion}/${kind}";
    export const resource${i}: Type${i} = ${JSON.stringify({ apiVersion, kind, ...rest }, null, 2)};`);
  writeFileSync(source, literals.join("\n"));
}

const program = ts.createProgram(manifests.map(({ source }) => source), {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const errors = ts.getPreEmitDiagnostics(program);

console.log(JSON.stringify(manifests.map(({ source, resources }) => ({
  resources,
  errors: errors
    .filter(({ file }) => !file || file.fileName === source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
}))));
