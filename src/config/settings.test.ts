import { expect, test } from 'vitest';
import { splitArguments } from './arguments.ts';
import { ConfigError, flagNames, parseConfig } from './config.ts';

const parse = (flag: string) => parseConfig(splitArguments([flag], flagNames).flags, {}, 'run');

test.each([
  [
    '--kubelet-root=/kubelet.slice/kubelet-kubepods.slice/',
    { kubeletRoot: '/kubelet.slice/kubelet-kubepods.slice' },
  ],
  ['--egress=class', { egress: 'class' }],
  ['--egress=opencost', { egress: 'opencost' }],
  ['--nat-networks=10.1.0.0/16,fd00:10::/32', { natNetworks: ['10.1.0.0/16', 'fd00:10::/32'] }],
  ['--pairs=workload', { pairs: 'workload' }],
  ['--max-pairs=10', { maxPairs: 10 }],
  ['--max-pairs=100000', { maxPairs: 100_000 }],
])('%s is understood', (flag, wanted) => {
  expect(parse(flag).config).toMatchObject(wanted);
});

test.each([
  ['--web-config-file=/etc/vigia/web.yaml', { webConfigFile: '/etc/vigia/web.yaml' }],
  ['--auth=kubernetes', { auth: 'kubernetes' }],
  ['--mining-metrics=off', { miningMetrics: 'off' }],
  ['--allowed-hosts=a.example, *.b.example', { allowedHosts: ['a.example', '*.b.example'] }],
])('%s is understood, too', (flag, wanted) => {
  expect(parse(flag).config).toMatchObject(wanted);
});

test.each([
  '--kubelet-root=kubepods.slice',
  '--kubelet-root=/sys/fs/cgroup/kubepods.slice',
  '--kubelet-root=/a/../kubepods',
  '--egress=on',
  '--nat-networks=10.1.0.1',
  '--pairs=pod',
  '--max-pairs=9',
  '--max-pairs=100001',
  '--web-config-file=web.yaml',
  '--auth=on',
  '--mining-metrics=no',
  '--allowed-hosts=*',
  '--allowed-hosts=a.example:9770',
  '--allowed-hosts=a.*.example',
  '--allowed-hosts=http://a.example',
])('%s is refused', (flag) => {
  expect(() => parse(flag)).toThrow(ConfigError);
});
