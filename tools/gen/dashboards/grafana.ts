/** The subset of Grafana's dashboard model that these dashboards use. The JSON is deterministic. */

/** Variables of every dashboard. `All` includes series without a label cluster. */
export const IN_CLUSTER = 'cluster=~"$cluster"';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;
const GRID_WIDTH = 24;
const PANEL_HEIGHT = 8;
const SCHEMA_VERSION = 39;

export interface Query {
  readonly expr: string;
  /** `{{label}}` is replaced by the value of the label. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  readonly description: string;
  /** A unit of Grafana: s, Bps, percentunit, reqps, short … */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly kind?: 'timeseries' | 'stat' | 'table';
  /** In columns, of 24. */
  readonly width?: number;
  readonly isStacked?: boolean;
  readonly max?: number;
  /** Thresholds: orange, then red. */
  readonly limits?: readonly [orange: number, red: number];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** `label_values(…)`. */
  readonly query: string;
  /** Whether several values, or all, can be chosen. */
  readonly isMany?: boolean;
  readonly isHidden?: boolean;
}

export interface Dashboard {
  /** Also the name of its file and part of its URL. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

export function dashboardJson({ uid, title, description, variables, rows }: Dashboard): string {
  const model = {
    annotations: { list: [] },
    description,
    editable: true,
    graphTooltip: 1, // one crosshair
    links: [
      {
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        tags: ['vigia'],
        title: 'Vigia',
        type: 'dashboards',
      },
    ],
    panels: panelsOf(rows),
    refresh: '1m',
    schemaVersion: SCHEMA_VERSION,
    tags: ['vigia'],
    templating: { list: [datasource, ...[cluster, ...variables].map(variableJson)] },
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    title,
    uid,
  };
  return `${JSON.stringify(model, null, 2)}\n`;
}

const datasource = {
  current: {},
  label: 'Data source',
  name: 'datasource',
  query: 'prometheus',
  refresh: 1,
  regex: '',
  type: 'datasource',
};

const cluster: Variable = {
  name: 'cluster',
  label: 'Cluster',
  query: 'label_values(vigia_build_info, cluster)',
  isMany: true,
};

function variableJson({ name, label, query, isMany = false, isHidden = false }: Variable): object {
  return {
    ...(isMany && { allValue: '.*' }),
    current: isMany ? { selected: true, text: ['All'], value: ['$__all'] } : {},
    datasource: DATASOURCE,
    definition: query,
    hide: isHidden ? 2 : 0,
    includeAll: isMany,
    label,
    multi: isMany,
    name,
    query: { query, refId: name },
    refresh: 2, // when the time range changes
    sort: 1,
    type: 'query',
  };
}

/** Places panels from left to right, with a heading above each row. */
function panelsOf(rows: Dashboard['rows']): object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    const gridPos = { h: 1, w: GRID_WIDTH, x: 0, y };
    all.push({ collapsed: false, gridPos, id: all.length + 1, panels: [], title, type: 'row' });
    y += 1;
    let x = 0;
    for (const panel of panels) {
      const { width: w = GRID_WIDTH / 2 } = panel;
      if (x + w > GRID_WIDTH) {
        x = 0;
        y += PANEL_HEIGHT;
      }
      all.push(panelJson(panel, all.length + 1, { h: PANEL_HEIGHT, w, x, y }));
      x += w;
    }
    y += PANEL_HEIGHT;
  }
  return all;
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  const { title, description, queries, kind = 'timeseries' } = panel;
  return {
    datasource: DATASOURCE,
    description,
    fieldConfig: { defaults: fieldsOf(panel), overrides: [] },
    gridPos,
    id,
    options: OPTIONS[kind],
    targets: queries.map(({ expr, legend }, i) => ({
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(kind === 'table' && { format: 'table' }),
      legendFormat: legend,
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
    })),
    title,
    type: kind,
    ...(kind === 'table' && { transformations: [NO_TIME] }),
  };
}

const NO_TIME = { id: 'organize', options: { excludeByName: { Time: true } } };

const OPTIONS = {
  timeseries: {
    legend: { calcs: ['lastNotNull', 'max'], displayMode: 'table', placement: 'bottom' },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: { colorMode: 'value', graphMode: 'none', reduceOptions: { calcs: ['lastNotNull'] } },
  table: { showHeader: true, sortBy: [{ desc: true, displayName: 'Value' }] },
} as const;

function fieldsOf({ kind = 'timeseries', unit, max, limits, isStacked = false }: Panel): object {
  const [orange, red] = limits ?? [];
  const steps = [
    { color: 'green', value: null },
    ...(orange === undefined ? [] : [{ color: 'orange', value: orange }]),
    ...(red === undefined ? [] : [{ color: 'red', value: red }]),
  ];
  const custom = {
    fillOpacity: isStacked ? 60 : 10,
    showPoints: 'never',
    stacking: { mode: isStacked ? 'normal' : 'none' },
    ...(limits && { thresholdsStyle: { mode: 'dashed' } }),
  };
  return {
    ...(kind === 'timeseries' && { custom }),
    min: 0,
    ...(max !== undefined && { max }),
    thresholds: { mode: 'absolute', steps },
    unit,
  };
}
