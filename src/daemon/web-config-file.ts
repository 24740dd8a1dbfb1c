import { stat } from 'node:fs/promises';
import type { WebConfig } from '../api/http/web-config/web-config.ts';
import type { Log } from '../log.ts';

/** A change takes effect after two checks. */
const CHECK_MS = 1000;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 7;

type Read = (path: string) => WebConfig;

/**
 * The web configuration, re-read when its file or a file that it names changes. If the new file is
 * invalid, the previous configuration is kept.
 */
export class WebConfigFile implements Disposable {
  readonly #path: string;
  readonly #log: Log;
  readonly #read: Read;
  #current: WebConfig;
  #version: string;
  /** Version of the files at the last check. */
  #seen: string;
  #timer: NodeJS.Timeout | undefined;

  private constructor(path: string, log: Log, read: Read, current: WebConfig, version: string) {
    this.#path = path;
    this.#log = log;
    this.#read = read;
    this.#current = current;
    this.#version = version;
    this.#seen = version;
    this.#report('read the web configuration');
  }

  /** Throws with every error in the file. */
  static async open(path: string, log: Log): Promise<WebConfigFile> {
    const { readWebConfig } = await import('../api/http/web-config/web-config.ts');
    const current = readWebConfig(path);
    const version = await versionOf([path, ...current.files]);
    return new WebConfigFile(path, log, readWebConfig, current, version);
  }

  get current(): WebConfig {
    return this.#current;
  }

  /** Calls back with each new configuration until disposed. */
  watch(onChange: (changed: WebConfig) => void, everyMs: number = CHECK_MS): void {
    const check = async () => {
      if (await this.refresh()) onChange(this.#current);
      this.#timer = this.#timer && setTimeout(check, everyMs).unref();
    };
    this.#timer = setTimeout(check, everyMs).unref();
  }

  /**
   * Re-reads the files if they changed and are the same as at the last check, because a half-written
   * file could lack its users. Returns whether the configuration is new.
   */
  async refresh(): Promise<boolean> {
    const [version, seen] = [await this.#readVersion(), this.#seen];
    this.#seen = version;
    if (version === this.#version || version !== seen) return false;
    this.#version = version;
    try {
      this.#current = this.#read(this.#path);
    } catch (err) {
      this.#log.warn({ err }, `${this.#path}: invalid; keeping the previous web configuration`);
      return false;
    }
    this.#seen = await this.#readVersion();
    this.#version = this.#seen;
    this.#report('re-read the web configuration');
    return true;
  }

  #readVersion(): Promise<string> {
    return versionOf([this.#path, ...this.#current.files]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #report(message: string): void {
    const { tls, expiresMs, passwords } = this.#current;
    const about = { tls: tls !== undefined, users: passwords?.size ?? 0 };
    this.#log.info(about, `${this.#path}: ${message}`);
    const days = expiresMs === undefined ? undefined : (expiresMs - Date.now()) / DAY_MS;
    if (days !== undefined && days < EXPIRES_SOON_DAYS)
      this.#log.warn(`${this.#path}: the certificate ${days < 0 ? 'has expired' : 'expires soon'}`);
  }
}

/** Changes when a file changes, appears or disappears. A mounted Secret is a symbolic link. */
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
