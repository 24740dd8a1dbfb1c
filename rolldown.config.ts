import type { OutputBundle, RolldownOptions } from 'rolldown';

const config: RolldownOptions = {
  input: 'src/main.ts',
  platform: 'node',
  // grpc-js asks for it only to serve debugging services that we have not.
  external: ['@grpc/proto-loader'],
  plugins: [{ name: 'ascii', generateBundle: (_, bundle) => escapeAll(bundle) }],
  output: {
    file: 'dist/vigia.mjs',
    format: 'esm',
    codeSplitting: false,
    minify: false,
    sourcemap: false,
  },
};

function escapeAll(bundle: OutputBundle): void {
  for (const file of Object.values(bundle)) {
    if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escapeUnit);
  }
}

/** One character beyond Latin-1, and V8 keeps the whole text with two bytes each: 2 MB more. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export default config;
