import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { splitArguments } from './arguments.ts';
import { ConfigError, type Environment, flagNames, parseConfig } from './config.ts';
import { defaultUid, defaultUidIn, groupIn, strangerIn } from './users.ts';

function parse(argv: string[], env: Environment = {}, command = 'run') {
  return parseConfig(splitArguments(argv, flagNames).flags, env, command);
}

function problemsOf(argv: string[], env: Environment = {}, command = 'run') {
  try {
    parse(argv, env, command);
  } catch (err) {
    if (err instanceof ConfigError) return err.problems;
    throw err;
  }
  return [];
}

test('the defaults are those of the contract', () => {
  expect(parse([])).toEqual({
    config: {
      listen: { port: 9770 },
      intervalMs: 5000,
      bpffs: '/run/vigia/bpf',
      retentionMs: 300_000,
      logLevel: 'info',
      uid: Number(defaultUid()),
      mapMemoryBytes: 128 * 1024 ** 2,
      packets: 'on',
      mining: ['fpu', 'payload', 'exec', 'mapping', 'device', 'sysctl'],
      miningScores: { suspicious: 50, mining: 80 },
      maxSeries: 20_000,
      waitHistogram: 'off',
      egress: 'off',
      kubernetes: 'auto',
      peers: 'node',
      maxPeers: 20_000,
      pairs: 'off',
      maxPairs: 1000,
      nodeName: hostname().toLowerCase(),
      socketPath: '/run/vigia/vigia.sock',
      auth: 'off',
      miningMetrics: 'on',
    },
    options: {
      output: 'text',
      listOutput: 'table',
      findingOutput: 'text',
      watch: false,
      timeoutMs: 10_000,
      maxSizeBytes: 256 * 1024 ** 2,
    },
    warnings: [],
  });
});

test('the user is the one that is called vigia, else 9770, which is not shared as nobody is', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nnot-vigia:x:998:998::/:/bin/sh\n';
  expect(defaultUidIn(`${passwd}vigia:x:999:999::/home/vigia:/usr/sbin/nologin\n`)).toBe('999');
  expect(defaultUidIn(passwd)).toBe('9770');
  expect(defaultUidIn('')).toBe('9770');
});

test('a uid that another user has is told by the name of that user', () => {
  const passwd = 'nobody:x:65534:65534::/:/bin/sh\nvigia:x:998:998::/:/bin/sh\n';
  expect([65_534, 998, 9770, 5].map((uid) => strangerIn(passwd, uid))).toEqual([
    'nobody',
    undefined,
    undefined,
    undefined,
  ]);
});

test("a user's group is the one that passwd tells, which need not have the user's number", () => {
  const passwd = 'x:x:1:999:::\nvigia:x:999:993::/home/vigia:/usr/sbin/nologin\n';
  expect(groupIn(passwd, 999)).toBe(993);
  expect(groupIn(passwd, 65_534)).toBe(65_534);
});

test('a flag is given as --name=text or --name text, and wins over the environment', () => {
  const env = { VIGIA_INTERVAL: '10s', VIGIA_MAX_SERIES: '500', VIGIA_LOG_LEVEL: 'warn' };
  const { config } = parse(['--interval=2s', '--max-series', '700'], env);
  expect(config).toMatchObject({ intervalMs: 2000, maxSeries: 700, logLevel: 'warn' });
});

test.each([
  ['--listen', ':80', 'listen', { port: 80 }],
  ['--listen', '127.0.0.1:9770', 'listen', { host: '127.0.0.1', port: 9770 }],
  ['--listen', '[::1]:9770', 'listen', { host: '::1', port: 9770 }],
  ['--listen', 'localhost:0', 'listen', { host: 'localhost', port: 0 }],
  ['--interval', '1500ms', 'intervalMs', 1500],
  ['--interval', '1.5m', 'intervalMs', 90_000],
  ['--retention', '1h', 'retentionMs', 3_600_000],
  ['--map-memory', '64MiB', 'mapMemoryBytes', 64 * 1024 ** 2],
  ['--map-memory', '8388608', 'mapMemoryBytes', 8_388_608],
  ['--bpffs', '/sys/fs/bpf/vigia/', 'bpffs', '/sys/fs/bpf/vigia'],
  ['--bpffs', '//sys/./fs/x/../bpf//vigia', 'bpffs', '/sys/fs/bpf/vigia'],
  ['--cgroup', '/', 'cgroup', '/'],
  ['--wait-histogram', 'container', 'waitHistogram', 'container'],
  ['--pool-names', '/etc/pools', 'poolNames', '/etc/pools'],
  ['--mining-scores', '40,90', 'miningScores', { suspicious: 40, mining: 90 }],
  ['--may-mine', 'a, b/c,/d', 'mayMine', ['a', 'b/c', '/d']],
  ['--socket', '/tmp/v.sock', 'socketPath', '/tmp/v.sock'],
  ['--socket', `/${'ö'.repeat(53)}`, 'socketPath', `/${'ö'.repeat(53)}`],
])('%s %s is understood', (flag, text, key, wanted) => {
  expect(parse([flag, text]).config).toHaveProperty(key, wanted);
});

test.each([
  ['--listen', '9770'],
  ['--listen', ':65536'],
  ['--listen', '::1:80'],
  ['--listen', 'a b:80'],
  ['--interval', '5'],
  ['--interval', '0.5s'],
  ['--interval', '6m'],
  ['--interval', '-5s'],
  ['--map-memory', '1TB'],
  ['--map-memory', '1KiB'],
  ['--max-series', '1e3'],
  ['--mining-scores', '50'],
  ['--mining-scores', '80,50'],
  ['--mining-scores', '0,50'],
  ['--mining-scores', '10,50,80'],
  ['--cluster-networks', '10.0.0.0'],
  ['--cluster-networks', '10.0.0.0/33'],
  ['--cluster-networks', 'fd00::/129,10.0.0.0/8'],
  ['--cluster-networks', ''],
  ['--may-mine', 'a,'],
  ['--may-mine', 'a/'],
  ['--may-mine', 'a/b/c'],
  ['--may-mine', 'a b'],
  ['--uid', '0'],
  ['--uid', '4294967295'],
  ['--bpffs', 'run/vigia'],
  ['--log-level', 'loud'],
  ['--node-name', 'a b'],
  ['--socket', 'vigia.sock'],
  ['--socket', `/${'ö'.repeat(53)}x`],
])('%s %s is refused with what is wanted', (flag, text) => {
  const [problem, ...others] = problemsOf([`${flag}=${text}`]);
  expect(others).toEqual([]);
  expect(problem).toContain(`${flag}: got ${JSON.stringify(text)}, want `);
});

test('all problems are told at once, each with what was given, where, and what is wanted', () => {
  const env = { VIGIA_UID: 'root', VIGIA_LISTEN: 'nowhere' };
  expect(problemsOf(['--intervall=5s', '--retention', '--max-series=many'], env)).toEqual([
    '--intervall: unknown flag; did you mean --interval?',
    'VIGIA_LISTEN (environment): got "nowhere", want HOST:PORT or :PORT, such as :9770, 127.0.0.1:9770 or [::1]:9770',
    '--retention: got "--max-series=many", want a duration from 10s to 24h, such as 5m',
    'VIGIA_UID (environment): got "root", want a user ID from 1 to 4294967294; root (0) is refused',
  ]);
});

test('a flag at the end without its text is refused', () => {
  expect(problemsOf(['--interval'])).toEqual([
    '--interval: got no value, want a duration from 1s to 5m, such as 5s',
  ]);
});

test('a flag of another command is refused by the name of that command', () => {
  expect(problemsOf(['--ticks=3'])).toEqual([
    '--ticks: not a flag of vigia run; it belongs to record',
  ]);
});

test('a list is asked for as a table, a wide one or JSON, an answer as text or JSON', () => {
  const { options } = parse(['-o', 'wide', '--pod=web'], {}, 'connections');
  expect(options).toMatchObject({ listOutput: 'wide', output: 'text', pod: 'web', watch: false });
  expect(parse(['--output=json'], {}, 'doctor').options).toMatchObject({
    listOutput: 'table',
    output: 'json',
  });
  expect(problemsOf(['-o', 'text'], {}, 'connections')).toEqual([
    '--output: got "text", want table, wide or json',
  ]);
  expect(parse(['-o', 'table'], {}, 'findings').options.findingOutput).toBe('table');
  expect(problemsOf(['-o', 'yaml', '--min-score=101'], {}, 'findings')).toEqual([
    '--output: got "yaml", want text, table, wide or json',
    '--min-score: got "101", want a whole number from 0 to 100',
  ]);
  expect(problemsOf(['--output=wide'], {}, 'version')).toEqual([
    '--output: got "wide", want text or json',
  ]);
  expect(problemsOf(['--output=json'])).toEqual([
    '--output: not a flag of vigia run; it belongs to version, doctor, connections, findings',
  ]);
});

test('a switch takes no text, nor what follows it, and only its command knows it', () => {
  expect(parse(['--watch', '--pod', 'web'], {}, 'connections').options).toMatchObject({
    watch: true,
    pod: 'web',
  });
  expect(splitArguments(['connections', '--watch', 'more'], flagNames).positionals).toEqual([
    'connections',
    'more',
  ]);
  expect(problemsOf(['--watch=5s', '--peer='], {}, 'connections')).toEqual([
    '--peer: got "", want an address or the start of one, a network such as 10.0.0.0/8, ' +
      'a DNS name, NAMESPACE/POD, svc/NAMESPACE/NAME, node/NAME or apiserver',
    '--watch: got "5s", want no value',
  ]);
  expect(problemsOf(['--watch'])).toEqual([
    '--watch: not a flag of vigia run; it belongs to connections, findings',
  ]);
  expect(problemsOf(['--wach'], {}, 'connections')).toEqual([
    '--wach: unknown flag; did you mean --watch?',
  ]);
});

test('an empty variable counts as unset, an empty flag does not', () => {
  expect(parse([], { VIGIA_INTERVAL: '' }).config.intervalMs).toBe(5000);
  expect(problemsOf(['--interval='])).toHaveLength(1);
});

test('an unknown variable is a warning, with the name that was probably meant', () => {
  expect(
    parse([], { VIGIA_INTERVALL: '5s', VIGIA_FOO_BAR_BAZ_QUX: '1', PATH: '/bin' }),
  ).toHaveProperty('warnings', [
    'VIGIA_INTERVALL (environment): unknown setting, ignored; did you mean VIGIA_INTERVAL?',
    'VIGIA_FOO_BAR_BAZ_QUX (environment): unknown setting, ignored',
  ]);
});

test('the variables that Kubernetes sets for a service called vigia raise no warning', () => {
  const env = {
    VIGIA_SERVICE_HOST: '10.0.0.1',
    VIGIA_SERVICE_PORT: '9770',
    VIGIA_SERVICE_PORT_HTTP: '9770',
    VIGIA_PORT: 'tcp://10.0.0.1:9770',
    VIGIA_PORT_9770_TCP: 'tcp://10.0.0.1:9770',
    VIGIA_PORT_9770_TCP_ADDR: '10.0.0.1',
    VIGIA_METRICS_SERVICE_HOST: '10.0.0.1',
  };
  expect(parse([], env).warnings).toEqual([]);
});
