import { expect, test } from 'vitest';
import { cgroupMountIn } from './mount.ts';

const V1 = '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu';

test('on a unified host the hierarchy is at /sys/fs/cgroup', () => {
  const line = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
  expect(cgroupMountIn(line)).toBe('/sys/fs/cgroup');
});

test('on a hybrid host it is beside version 1', () => {
  const v2 = '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw';
  expect(cgroupMountIn(`${V1}\n${v2}\n`)).toBe('/sys/fs/cgroup/unified');
});

test('a host with version 1 alone has none', () => {
  expect(cgroupMountIn(`${V1}\n`)).toBeUndefined();
  expect(cgroupMountIn('')).toBeUndefined();
});

test('of several mounts the one of the root wins', () => {
  const part = '50 31 0:38 /a/b /mnt/part rw - cgroup2 cgroup2 rw';
  const whole = '51 31 0:38 / /mnt/whole rw - cgroup2 cgroup2 rw';
  expect(cgroupMountIn(`${part}\n${whole}`)).toBe('/mnt/whole');
});

test("in a container the host's hierarchy wins over its own part of it", () => {
  const own = '60 50 0:38 / /sys/fs/cgroup ro - cgroup2 cgroup rw';
  const host = '61 50 0:38 /../../.. /host/cgroup ro - cgroup2 cgroup2 rw';
  expect(cgroupMountIn(`${own}\n${host}`)).toBe('/host/cgroup');
  expect(cgroupMountIn(`${host}\n${own}`)).toBe('/host/cgroup');
});

test('a mount point with a space is read as the kernel writes it', () => {
  const line = '30 23 0:26 / /mnt/a\\040b rw - cgroup2 cgroup2 rw';
  expect(cgroupMountIn(line)).toBe('/mnt/a b');
});

test('lines that are cut off are passed over', () => {
  expect(cgroupMountIn('30 23 - cgroup2 cgroup2 rw\n\n - \n')).toBeUndefined();
});
