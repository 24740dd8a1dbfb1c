import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchStatus } from '../../../core/self/watch-status.ts';
import { at, nameAt, parsed } from '../objects/json.ts';
import { type ApiAccess, type ApiAnswer, ApiError, errorIn, sendRequest } from './api.ts';
import { BackOff } from './back-off.ts';
import { linesOf } from './lines.ts';
import { ListItems } from './list-items.ts';
import type { ObjectTable } from './object-table.ts';
import type { Resource } from './resource.ts';
import { WatchRecord } from './watch-record.ts';

/** Called after each failure, because certificates, tokens and addresses change. */
export type Connect = () => Promise<ApiAccess>;

export interface ReflectorOptions<T extends { readonly uid: string }> {
  readonly connect: Connect;
  readonly resource: Resource<T>;
  readonly table: ObjectTable<T>;
  readonly onTrouble: (err: unknown) => void;
  /** Some objects have no slot. */
  readonly onLeftOut?: () => void;
  readonly idleMs?: number;
}

type Query = Readonly<Record<string, string>>;

/** Objects per page. A list from the API server's cache ignores it. */
const PAGE = '500';
const FROM_CACHE: Query = { resourceVersion: '0' };
/** Bookmarks arrive every 60 to 75 s. */
const IDLE_MS = 150_000;
/** A watch that ends earlier counts as failed. */
const SHORT_WATCH_MS = 1000;
/** Requested duration of a watch: 5 to 10 minutes, as in client-go. */
const WATCH_SECONDS = { least: 300, more: 300 } as const;
const GONE = 410;

/** Keeps a table in sync with the API: lists, then watches, and starts over on failure. */
export class Reflector<T extends { readonly uid: string }> {
  readonly #options: ReflectorOptions<T>;
  readonly #record: WatchRecord;
  readonly #backOff = new BackOff();
  readonly #attempted: Promise<void>;
  #endAttempt: () => void = () => {};
  #access: ApiAccess | undefined;
  /** Resource version of the table; undefined before the first list, and when it has expired. */
  #version: string | undefined;
  /** Query of a list's first page. */
  #first = FROM_CACHE;
  #from: ApiAnswer['from'] | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#record = new WatchRecord(options.resource.name, options.table);
    this.#attempted = new Promise((resolve) => {
      this.#endAttempt = resolve;
    });
  }

  get status(): WatchStatus {
    return this.#record;
  }

  /** The server that sent the newest response. */
  get from(): ApiAnswer['from'] | undefined {
    return this.#from;
  }

  /** Resolves when the first list has succeeded or failed. */
  get attempted(): Promise<void> {
    return this.#attempted;
  }

  /** Resolves when the signal aborts; never fails. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#round(signal);
      } catch (err) {
        if (!signal.aborted) await this.#fail(err, signal);
      }
    }
    this.#endAttempt();
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { lists, watches } = this.#record;
    this.#access ??= await this.#options.connect();
    this.#version ??= await this.#record.count(lists, () => this.#list(signal));
    this.#endAttempt();
    await this.#record.count(watches, () => this.#watch(signal));
  }

  async #fail(err: unknown, signal: AbortSignal): Promise<void> {
    this.#record.fail(err);
    this.#endAttempt();
    this.#access = undefined;
    if (err instanceof ApiError && err.status === GONE) {
      this.#version = undefined;
      // The cache of the API server can be as old.
      this.#first = {};
    } else {
      this.#options.onTrouble(err);
    }
    await sleep(this.#backOff.next(), undefined, { signal }).catch(() => {});
  }

  /** Returns the resource version. Lists again if removed objects made room for others. */
  async #list(signal: AbortSignal): Promise<string> {
    const { version, gone } = await this.#listAll(signal);
    const isWorthMore = gone > 0 && this.#options.table.leftOut > 0;
    return isWorthMore ? (await this.#listAll(signal)).version : version;
  }

  async #listAll(signal: AbortSignal): Promise<{ readonly version: string; gone: number }> {
    const { table } = this.#options;
    table.beginList();
    let page = this.#first;
    for (;;) {
      const { version, next } = await this.#listPage(page, signal);
      if (next === undefined) {
        this.#first = FROM_CACHE;
        return { version, gone: table.endList() };
      }
      page = { continue: next };
    }
  }

  async #listPage(
    page: Query,
    signal: AbortSignal,
  ): Promise<{ readonly version: string; readonly next: string | undefined }> {
    const list = new ListItems((item) => this.#put(parsed(item)));
    for await (const piece of await this.#request({ limit: PAGE, ...page }, signal)) {
      this.#record.hear();
      list.add(piece);
    }
    const metadata = at(parsed(list.rest), 'metadata');
    const token = at(metadata, 'continue');
    const version = nameAt(metadata, 'resourceVersion');
    if (version === '') throw new ApiError('the response is not a list');
    return { version, next: typeof token === 'string' && token !== '' ? token : undefined };
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const begunMs = performance.now();
    const isShort = () => performance.now() - begunMs < SHORT_WATCH_MS;
    const seconds = WATCH_SECONDS.least + Math.floor(Math.random() * WATCH_SECONDS.more);
    const body = await this.#request(
      {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(seconds),
        resourceVersion: this.#version ?? '',
      },
      signal,
    );
    [this.#record.isUp, this.#record.trouble] = [true, undefined];
    try {
      for await (const line of linesOf(body)) {
        this.#record.hear();
        this.#apply(parsed(line));
      }
    } finally {
      if (!isShort()) this.#backOff.reset();
    }
    if (isShort()) throw new ApiError('the watch ended at once');
  }

  async #request(query: Query, signal: AbortSignal): Promise<AsyncIterable<string>> {
    if (!this.#access) throw new ApiError('not connected');
    const { resource, idleMs = IDLE_MS } = this.#options;
    const request = { path: resource.path, query: { ...resource.query, ...query }, idleMs };
    const { body, from } = await sendRequest(this.#access, request, signal);
    this.#from = from;
    this.#record.hear();
    return body;
  }

  #apply(event: unknown): void {
    const type = at(event, 'type');
    const object = at(event, 'object');
    if (type === 'ERROR') throw errorIn(object);
    if (type === 'DELETED') this.#options.table.remove(nameAt(object, 'metadata', 'uid'));
    else if (type === 'ADDED' || type === 'MODIFIED') this.#put(object, type === 'ADDED');
    else if (type !== 'BOOKMARK') this.#record.malformed += 1;
    const version = nameAt(object, 'metadata', 'resourceVersion');
    if (version !== '') this.#version = version;
  }

  #put(object: unknown, isNews: boolean = true): void {
    const { resource, table, onLeftOut } = this.#options;
    const read = resource.read(object);
    if (read) table.put(read, isNews);
    else this.#record.malformed += 1;
    if (table.leftOut > 0) onLeftOut?.();
  }
}
