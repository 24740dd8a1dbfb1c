import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Privileges cannot be had back, so each case is a process of its own. */
function inChild(script: string): string {
  const module = JSON.stringify(new URL('./privileges.ts', import.meta.url).href);
  const code = `const { dropPrivileges } = await import(${module}); ${script}`;
  const args = ['--input-type=module', '--eval', code];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

test('root becomes the user for good, on every thread', () => {
  const output = inChild(`
    const { readFile } = await import('node:fs/promises');
    await readFile('/proc/self/status');
    dropPrivileges(65534, 65533);
    const shadow = await readFile('/etc/shadow').catch(({ code }) => code);
    console.log(process.getuid(), process.getgid(), process.getgroups().join(), shadow);
  `);
  expect(output).toBe('65534 65533 65533 EACCES');
});

test('who may not become that user is told what is missing', () => {
  const output = inChild(`
    process.setuid(65534);
    try { dropPrivileges(65533, 65533); } catch (err) { console.log(err.message); }
  `);
  expect(output).toBe(
    'cannot switch to user 65533; add CAP_SETUID and CAP_SETGID, or start as that user',
  );
});
