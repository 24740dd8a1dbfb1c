/** A program that uses the CPU as much as a miner, until it is killed. */
export interface Program {
  /** A required command or file. */
  readonly needs: string;
  /** Shell command. */
  readonly command: string;
}

/** Random input for encoders. */
const NOISE = 'head -c 20000000 /dev/urandom';
const RAW_AUDIO = '--raw --endian=little --sign=signed --channels=2 --bps=16 --sample-rate=44100';
const NUMPY = '/usr/lib/python3/dist-packages/numpy';

/** By family and by name in the result tables. */
export const PROGRAMS: Readonly<Record<string, Readonly<Record<string, Program>>>> = {
  'compiler and linker': {
    'gcc -O2': forever('gcc -O2 -c -o /dev/null -x c lab/programs/peer.c'),
    'gcc -ffast-math': forever(
      'gcc -O3 -ffast-math -c -o /dev/null -x c trials/mining/emulators/fpu.c',
    ),
    'clang for BPF': forever('clang -O2 -g -target bpf -w -Ibpf -c -o /dev/null bpf/net/net.bpf.c'),
  },
  compression: {
    'gzip -9': forever(`${NOISE} | gzip -9`, 'gzip'),
    'xz -6 with two threads': forever(`${NOISE} | xz -6 -T2`, 'xz'),
    'zstd -19': forever('head -c 20000000 dist/vigia.mjs | zstd -q -19', 'zstd'),
    bzip2: forever(`${NOISE} | bzip2`, 'bzip2'),
  },
  cryptography: {
    'openssl speed sha256': once('openssl speed -seconds 3600 sha256'),
    'openssl speed aes': once('openssl speed -seconds 3600 -evp aes-256-gcm'),
    'openssl speed rsa': once('openssl speed -seconds 3600 rsa2048'),
    'sha512sum of noise': once('sha512sum /dev/urandom'),
  },
  encoders: {
    'flac -8': forever(`${NOISE} | flac -s -8 ${RAW_AUDIO} -c -`, 'flac'),
    'opus, complexity 10': forever(`${NOISE} | opusenc --raw --comp 10 --quiet - -`, 'opusenc'),
    'mp3, best quality': forever(`${NOISE} | lame -r -s 44.1 -q 0 --quiet - -`, 'lame'),
    'VP9, two threads': forever(
      `${NOISE} | vpxenc --quiet --i420 -w 640 -h 360 --threads=2 --cpu-used=4 -o - -`,
      'vpxenc',
    ),
  },
  'numeric code': {
    'numpy, matrix product': numpy('a = n.random.rand(700, 700)\nwhile 1: a = a @ a / 400'),
    'numpy, float32 matrix product': numpy(
      'a = n.random.rand(700, 700).astype("f4")\nwhile 1: a = a @ a / 400',
    ),
    'numpy, Fourier transform': numpy('a = n.random.rand(1 << 20)\nwhile 1: n.fft.fft(a)'),
    'numpy, denormals': numpy('a = n.full(1 << 20, 1e-310)\nwhile 1: a = a * 1.0000001'),
    'numpy, singular values': numpy('while 1: n.linalg.svd(n.random.rand(300, 300))'),
  },
  'stress-ng, CPU': {
    ...methods('cpu', ['fft', 'matrixprod', 'correlate', 'crc16', 'fibonacci', 'hyperbolic']),
    ...methods('cpu', ['jmp', 'queens', 'prime', 'pi', 'trig', 'int128', 'float80', 'decimal64']),
  },
  'stress-ng, memory': {
    ...methods('matrix', ['prod', 'trans']),
    ...methods('vm', ['walk-1d', 'gray', 'rand-sum'], '--vm-bytes 64m'),
    stream: stress('--stream 1'),
    memcpy: stress('--memcpy 1'),
    cache: stress('--cache 1'),
  },
  'stress-ng, other': {
    qsort: stress('--qsort 1'),
    zlib: stress('--zlib 1'),
    'vector math': stress('--vecmath 1'),
    hash: stress('--hash 1'),
    'context switches': stress('--switch 1'),
    fork: stress('--fork 1'),
    'all CPU methods, four at once': stress('--cpu 4 --cpu-method all'),
  },
  'sorting and queries': {
    'sqlite with a million rows': forever(
      'echo "create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c limit 1000000) insert into t select x, random() from c; select sum(b) from t order by b;" | sqlite3',
      'sqlite3',
    ),
    'sort of a million lines': forever('seq 1000000 | sort -R'),
  },
  runtimes: {
    'node in a loop': once("node -e 'for (let x = 1.5; ; ) x = x * 1.0000001 + 1e-9'"),
    'node, worker threads': once(
      'node -e \'const {Worker}=require("worker_threads"); for(let i=0;i<2;i++) new Worker("let x=1.5;for(;;)x=x*1.0000001+1e-9",{eval:true})\'',
    ),
    'perl with regular expressions': forever(
      'perl -e \'my $s = "abc" x 100000; for (1..200) { my $n = () = $s =~ /b(?=c)/g }\'',
    ),
    'awk with floating point': once("awk 'BEGIN { for (x = 1.5; ; ) x = x * 1.0000001 + 1e-9 }'"),
  },
};

function once(command: string, needs: string = command.split(' ')[0] ?? ''): Program {
  return { needs, command };
}

/** For programs that end. */
function forever(command: string, needs: string = command.split(' ')[0] ?? ''): Program {
  return { needs, command: `while true; do ${command}; done` };
}

function stress(args: string): Program {
  return { needs: 'stress-ng', command: `exec stress-ng --quiet ${args}` };
}

function methods(
  stressor: string,
  names: readonly string[],
  more = '',
): Readonly<Record<string, Program>> {
  return Object.fromEntries(
    names.map((name) => [
      `${stressor}, ${name}`,
      stress(`--${stressor} 1 --${stressor}-method ${name} ${more}`),
    ]),
  );
}

/** The Python of the distribution, because another Python has other modules. */
function numpy(script: string): Program {
  return { needs: NUMPY, command: `exec /usr/bin/python3 -c 'import numpy as n\n${script}'` };
}
