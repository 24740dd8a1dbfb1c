import type { OutputBundle, OutputOptions, Plugin, RolldownOptions } from 'rolldown';

/** Modules that only some daemons need, in separate files named after the module. */
const APART = ['workloads/kubernetes/kubernetes', 'api/http/web-config/web-config'] as const;
const fileOf = (module: string) => `${module.split('/').at(-1)}.mjs`;

const ascii: Plugin = { name: 'ascii', generateBundle: (_, bundle) => escapeAll(bundle) };

const apart: Plugin = {
  name: 'apart',
  resolveId: (id) => {
    const module = APART.find((each) => id.endsWith(`/${each}.ts`));
    return module && { id: `./${fileOf(module)}`, external: true };
  },
};

/** The client's HTTP implementation takes 6 MB. Node's own is used instead. */
const UNDICI = 'export const Agent = null, ProxyAgent = null, fetch = globalThis.fetch;';
const withoutUndici: Plugin = {
  name: 'without-undici',
  resolveId: (id) => (id === 'undici' ? '\0undici' : undefined),
  load: (id) => (id === '\0undici' ? UNDICI : undefined),
};

/** Commit of the source, for a build outside its checkout. */
const commit = process.env['VIGIA_COMMIT'];

const output: OutputOptions = {
  format: 'esm',
  codeSplitting: false,
  minify: false,
  sourcemap: false,
};

const vigia: RolldownOptions = {
  input: 'src/main.ts',
  platform: 'node',
  // grpc-js needs it only for debugging services, which Vigia does not have.
  external: ['@grpc/proto-loader'],
  plugins: [apart, ascii],
  transform: { define: commit ? { VIGIA_COMMIT: JSON.stringify(commit) } : {} },
  output: { ...output, file: 'dist/vigia.mjs' },
};

const others: readonly RolldownOptions[] = APART.map((module) => ({
  input: `src/${module}.ts`,
  platform: 'node',
  plugins: [withoutUndici, ascii],
  // The client does not declare this itself, and has a file for each of a thousand types.
  treeshake: { moduleSideEffects: (id) => !id.includes('/@kubernetes/client-node/') },
  output: { ...output, file: `dist/${fileOf(module)}` },
}));

function escapeAll(bundle: OutputBundle): void {
  for (const file of Object.values(bundle)) {
    if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escapeUnit);
  }
}

/**
 * One character beyond Latin-1 makes V8 store the whole text with two bytes per character: 2 MB
 * more.
 */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const configs: readonly RolldownOptions[] = [vigia, ...others];

export default configs;
