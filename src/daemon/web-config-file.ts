import { stat } from 'node:fs/promises';
import type { WebConfig } from '../api/http/web-config/web-config.ts';
import type { Log } from '../log.ts';

/** A change holds after two looks. */
const LOOK_MS = 1000;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 7;

type Read = (path: string) => WebConfig;

/**
 * The web configuration, read again when its file or one that it names changes. A new file that is
 * broken changes nothing: what was read before stays.
 */
export class WebConfigFile implements Disposable {
  readonly #path: string;
  readonly #log: Log;
  readonly #read: Read;
  #current: WebConfig;
  #version: string;
  /** What was there at the last look. */
  #seen: string;
  #timer: NodeJS.Timeout | undefined;

  private constructor(path: string, log: Log, read: Read, current: WebConfig, version: string) {
    this.#path = path;
    this.#log = log;
    this.#read = read;
    this.#current = current;
    this.#version = version;
    this.#seen = version;
    this.#tell('read the web configuration');
  }

  /** Throws all that is wrong with the file. */
  static async open(path: string, log: Log): Promise<WebConfigFile> {
    const { readWebConfig } = await import('../api/http/web-config/web-config.ts');
    const current = readWebConfig(path);
    const version = await versionOf([path, ...current.files]);
    return new WebConfigFile(path, log, readWebConfig, current, version);
  }

  get current(): WebConfig {
    return this.#current;
  }

  /** Calls back with each changed configuration until disposed. */
  watch(onChange: (changed: WebConfig) => void, everyMs: number = LOOK_MS): void {
    const look = async () => {
      if (await this.refresh()) onChange(this.#current);
      this.#timer = this.#timer && setTimeout(look, everyMs).unref();
    };
    this.#timer = setTimeout(look, everyMs).unref();
  }

  /**
   * Reads the file again if it has changed, and is the same as at the last look: half of a file may
   * lack the half that names the users. Whether another configuration holds.
   */
  async refresh(): Promise<boolean> {
    const [version, seen] = [await this.#look(), this.#seen];
    this.#seen = version;
    if (version === this.#version || version !== seen) return false;
    this.#version = version;
    try {
      this.#current = this.#read(this.#path);
    } catch (err) {
      this.#log.warn({ err }, `${this.#path}: the web configuration stays as it was`);
      return false;
    }
    this.#seen = await this.#look();
    this.#version = this.#seen;
    this.#tell('read the web configuration again');
    return true;
  }

  #look(): Promise<string> {
    return versionOf([this.#path, ...this.#current.files]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(message: string): void {
    const { tls, expiresMs, passwords } = this.#current;
    const about = { tls: tls !== undefined, users: passwords?.size ?? 0 };
    this.#log.info(about, `${this.#path}: ${message}`);
    const days = expiresMs === undefined ? undefined : (expiresMs - Date.now()) / DAY_MS;
    if (days !== undefined && days < EXPIRES_SOON_DAYS)
      this.#log.warn(`${this.#path}: the certificate ${days < 0 ? 'has expired' : 'expires soon'}`);
  }
}

/** Changes whenever one of the files does, comes or goes. A Secret is a link that is turned. */
async function versionOf(paths: readonly string[]): Promise<string> {
  const versions = paths.map(async (path) => {
    try {
      const { ino, mtimeMs, ctimeMs, size } = await stat(path);
      return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
    } catch (err) {
      return (err as NodeJS.ErrnoException).code ?? 'unknown';
    }
  });
  return (await Promise.all(versions)).join('\n');
}
