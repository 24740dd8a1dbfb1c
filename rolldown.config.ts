import type { RolldownOptions } from 'rolldown';

const config: RolldownOptions = {
  input: 'src/main.ts',
  platform: 'node',
  output: {
    file: 'dist/vigia.mjs',
    format: 'esm',
    codeSplitting: false,
    minify: false,
    sourcemap: false,
  },
};

export default config;
