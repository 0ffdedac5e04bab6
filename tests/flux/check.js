// Parses and type-checks Flux texts with InfluxData's own checker: a JSON array of {name, text} in, {name, messages} out.
'use strict';

// The checker logs to the console, whose output is the answer's.
console.log = console.info = () => {};

const { Lsp, is_valid_flux } = require('@influxdata/flux-lsp-node');

function read_all() {
  return JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
}

async function main() {
  const server = new Lsp();
  const messages = new Map();
  server.onMessage((raw) => {
    const message = JSON.parse(raw);
    if (message.method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = message.params;
      // Warnings are about the names `v` and `task`, which whoever runs a text gives it.
      const errors = diagnostics.filter((d) => d.severity === 1);
      messages.set(uri, errors.map((d) => `line ${d.range.start.line + 1}: ${d.message}`));
    }
  });
  server.run();
  const send = (body) => server.send(JSON.stringify({ jsonrpc: '2.0', ...body }));
  await send({ id: 1, method: 'initialize', params: { capabilities: {} } });
  await send({ method: 'initialized', params: {} });
  const results = [];
  for (const [index, { name, text }] of read_all().entries()) {
    const uri = `file:///checked/${index}/text.flux`;
    await send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'flux', version: 1, text } } });
    await new Promise((resolve) => setImmediate(resolve));
    const told = messages.get(uri) ?? [];
    if (told.length === 0 && !is_valid_flux(text)) told.push('not valid Flux; the checker does not say why');
    results.push({ name, messages: told });
  }
  process.stdout.write(JSON.stringify(results), () => process.exit(0));
}

main();
