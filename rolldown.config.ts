import type { OutputBundle, OutputOptions, Plugin, RolldownOptions } from 'rolldown';

/** What only some daemons need is in files of their own, by the name of its module. */
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

/** The client's way to send requests, which is not ours and takes 6 MB: Node's own has to do. */
const UNDICI = 'export const Agent = null, ProxyAgent = null, fetch = globalThis.fetch;';
const withoutUndici: Plugin = {
  name: 'without-undici',
  resolveId: (id) => (id === 'undici' ? '\0undici' : undefined),
  load: (id) => (id === '\0undici' ? UNDICI : undefined),
};

/** Of the source, for a build that leaves its checkout. */
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
  // grpc-js asks for it only to serve debugging services that we have not.
  external: ['@grpc/proto-loader'],
  plugins: [apart, ascii],
  transform: { define: commit ? { VIGIA_COMMIT: JSON.stringify(commit) } : {} },
  output: { ...output, file: 'dist/vigia.mjs' },
};

const others: readonly RolldownOptions[] = APART.map((module) => ({
  input: `src/${module}.ts`,
  platform: 'node',
  plugins: [withoutUndici, ascii],
  // The client says nothing of that itself, and has a file for each of a thousand types.
  treeshake: { moduleSideEffects: (id) => !id.includes('/@kubernetes/client-node/') },
  output: { ...output, file: `dist/${fileOf(module)}` },
}));

function escapeAll(bundle: OutputBundle): void {
  for (const file of Object.values(bundle)) {
    if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escapeUnit);
  }
}

/** One character beyond Latin-1, and V8 keeps the whole text with two bytes each: 2 MB more. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const configs: readonly RolldownOptions[] = [vigia, ...others];

export default configs;
