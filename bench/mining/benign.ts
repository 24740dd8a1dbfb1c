import { startInside } from '../../test/support/process.ts';
import type { Scenario } from './scenario.ts';

const SECONDS = 25;

/** Programs that use the CPU as hard as a miner does. Each goes on until it is ended. */
const PROGRAMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'compiler and linker': {
    'gcc -O2': forever('gcc -O2 -c -o /dev/null -x c test/support/peer.c'),
    'gcc -ffast-math': forever('gcc -O3 -ffast-math -c -o /dev/null -x c test/emulators/fpu.c'),
    'clang for BPF': forever('clang -O2 -g -target bpf -w -c -o /dev/null bpf/net.bpf.c'),
  },
  compression: {
    'gzip -9': forever('head -c 20000000 /dev/urandom | gzip -9'),
    'xz -6 with two threads': forever('head -c 20000000 /dev/urandom | xz -6 -T2'),
    'zstd -19': forever('head -c 20000000 dist/vigia.mjs | zstd -q -19'),
    bzip2: forever('head -c 20000000 /dev/urandom | bzip2'),
  },
  cryptography: {
    'openssl speed sha256': 'openssl speed -seconds 3600 sha256',
    'openssl speed aes': 'openssl speed -seconds 3600 -evp aes-256-gcm',
    'openssl speed rsa': 'openssl speed -seconds 3600 rsa2048',
    'sha512sum of noise': 'sha512sum /dev/urandom',
  },
  databases: {
    'sqlite with a million rows': forever(
      'echo "create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c limit 1000000) insert into t select x, random() from c; select sum(b) from t order by b;" | sqlite3',
    ),
    'sort of a million lines': forever('seq 1000000 | sort -R'),
  },
  runtimes: {
    'node in a loop': "node -e 'for (let x = 1.5; ; ) x = x * 1.0000001 + 1e-9'",
    'node, worker threads':
      'node -e \'const {Worker}=require("worker_threads"); for(let i=0;i<2;i++) new Worker("let x=1.5;for(;;)x=x*1.0000001+1e-9",{eval:true})\'',
    'perl with regular expressions': forever(
      'perl -e \'my $s = "abc" x 100000; for (1..200) { my $n = () = $s =~ /b(?=c)/g }\'',
    ),
    'awk with floating point': "awk 'BEGIN { for (x = 1.5; ; ) x = x * 1.0000001 + 1e-9 }'",
  },
};

export const benignScenarios: readonly Scenario[] = Object.entries(PROGRAMS).flatMap(
  ([family, programs]) =>
    Object.entries(programs).map(([what, command]) => ({
      family,
      what,
      expected: 'nothing' as const,
      seconds: SECONDS,
      begin: (cgroup: string) => startInside(cgroup, ['sh', '-c', `${command} >/dev/null 2>&1`]),
    })),
);

function forever(command: string): string {
  return `while true; do ${command}; done`;
}
