import { readdirSync, readFileSync } from 'node:fs';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Around 20 ms, the target for a tick. */
const TICK_BUCKETS_SECONDS = [0.005, 0.01, 0.02, 0.04, 0.1, 0.25, 1, 5];

/** Duration of ticks. Call `observe` for each. */
export function tickDuration(registry: Registry): Histogram {
  return new Histogram({
    name: 'vigia_tick_duration_seconds',
    help: 'Time from the start of a tick to its snapshot.',
    buckets: TICK_BUCKETS_SECONDS,
    registers: [registry],
  });
}

export function buildInfo(registry: Registry, version: string): void {
  new Gauge({
    name: 'vigia_build_info',
    help: 'Version of Vigia and of Node.js; the value is always 1.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  }).set({ version, node_version: process.version }, 1);
}

/**
 * The process metrics that every client library has. NOTE: collectDefaultMetrics is not used because
 * its event loop monitor wakes the process a hundred times a second.
 */
export function processMetrics(registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    registers,
  }).set(Math.round(Date.now() - process.uptime() * 1e3) / 1e3);
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Process heap size used from Node.js in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  if (process.platform === 'linux') fileDescriptors(registers);
}

function fileDescriptors(registers: Registry[]): void {
  new Gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    registers,
    collect() {
      // readdir opens one descriptor of its own.
      this.set(readdirSync('/proc/self/fd').length - 1);
    },
  });
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (limit === undefined) return;
  new Gauge({
    name: 'process_max_fds',
    help: 'Maximum number of open file descriptors.',
    registers,
  }).set(Number(limit));
}
