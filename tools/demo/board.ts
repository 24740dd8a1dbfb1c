import { bytesText } from '../../src/api/http/page-units.ts';

/** Samples of a scrape, by name and labels as printed in it. */
export type Scrape = ReadonlyMap<string, number>;

/** Activity of a pod between two scrapes. Rates are per second. */
export interface Row {
  readonly pod: string;
  readonly cores: number;
  /** Waiting time as a share of running plus waiting time. */
  readonly waitShare: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly connects: number;
  readonly accepts: number;
}

const BAR_CELLS = 5;
/** In eighths of a character cell. */
const BAR_PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (row: Row) => string;
}

/** With a short name, as wide as a terminal usually is: 80. */
const COLUMNS: readonly Column[] = [
  { title: 'CORES', width: 6, of: ({ cores }) => cores.toFixed(2) },
  { title: '', width: 1 + BAR_CELLS, of: ({ cores }) => bar(cores) },
  { title: 'WAITS', width: 7, of: ({ waitShare }) => `${Math.round(waitShare * 100)} %` },
  { title: '', width: 1 + BAR_CELLS, of: ({ waitShare }) => bar(waitShare) },
  { title: 'RECEIVED/s', width: 12, of: ({ receivedBytes }) => orDash(receivedBytes, bytesText) },
  { title: 'SENT/s', width: 11, of: ({ sentBytes }) => orDash(sentBytes, bytesText) },
  { title: 'CONNECTS/s', width: 12, of: ({ connects }) => orDash(connects, whole) },
  { title: 'ACCEPTS/s', width: 11, of: ({ accepts }) => orDash(accepts, whole) },
];

export function parseScrape(text: string): Scrape {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))] as const;
    }),
  );
}

/** Time of the snapshot in a scrape, in seconds. */
export function momentOf(scrape: Scrape): number {
  return scrape.get('vigia_snapshot_timestamp_seconds') ?? 0;
}

/** Activity of a pod outside Kubernetes between two scrapes of different snapshots. */
export function rowOf(
  { namespace, pod }: { readonly namespace: string; readonly pod: string },
  before: Scrape,
  after: Scrape,
): Row {
  const seconds = momentOf(after) - momentOf(before);
  const rate = (key: string) => ((after.get(key) ?? 0) - (before.get(key) ?? 0)) / seconds;
  const labels = `namespace="${namespace}",pod="${pod}"`;
  const cpu = (stem: string) => rate(`vigia_container_cpu_${stem}{${labels},container=""}`);
  const network = (stem: string) =>
    ['tcp', 'udp', 'other']
      .map((protocol) => rate(`vigia_pod_network_${stem}{${labels},protocol="${protocol}"}`))
      .reduce((sum, each) => sum + each, 0);
  const [cores, waiting] = [cpu('seconds_total'), cpu('wait_seconds_total')];
  return {
    pod,
    cores,
    waitShare: cores + waiting > 0 ? waiting / (cores + waiting) : 0,
    receivedBytes: network('receive_bytes_total'),
    sentBytes: network('transmit_bytes_total'),
    connects: rate(`vigia_pod_tcp_connects_total{${labels}}`),
    accepts: rate(`vigia_pod_tcp_accepts_total{${labels}}`),
  };
}

/** The rows as text lines, with a heading. */
export function tableLines(rows: readonly Row[]): string[] {
  const podWidth = Math.max(3, ...rows.map(({ pod }) => pod.length));
  const line = (pod: string, cell: (column: Column) => string) =>
    [pod.padEnd(podWidth), ...COLUMNS.map((column) => cell(column).padStart(column.width))].join(
      '',
    );
  return [
    line('POD', ({ title }) => title),
    ...rows.map((row) => line(row.pod, ({ of }) => of(row))),
  ];
}

function bar(share: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * BAR_CELLS * BAR_PARTS.length);
  const cells = Math.floor(eighths / BAR_PARTS.length);
  return `${'█'.repeat(cells)}${BAR_PARTS[eighths % BAR_PARTS.length] ?? ''}`.padEnd(BAR_CELLS);
}

function whole(count: number): string {
  return String(Math.round(count));
}

function orDash(amount: number, text: (amount: number) => string): string {
  return amount > 0 ? text(amount) : '–';
}
