import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as file names in the directory. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

/** A directory with a certificate authority. Disposing removes it. */
export class Certificates implements Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'vigia-tls-'));
  readonly ca: Issued = this.#issue('ca', ['-subj', '/CN=authority']);

  /** Signed by the authority, or self-signed. */
  issue(name: string, sans: readonly string[], isOwn = false): Issued {
    const signer = isOwn ? [] : ['-CA', this.path(this.ca.cert), '-CAkey', this.path(this.ca.key)];
    const names = sans.length > 0 ? ['-addext', `subjectAltName=${sans.join(',')}`] : [];
    return this.#issue(name, ['-subj', `/CN=${name}`, ...signer, ...names]);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  #issue(name: string, more: readonly string[]): Issued {
    const issued = { cert: `${name}.crt`, key: `${name}.key` };
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const files = ['-keyout', this.path(issued.key), '-out', this.path(issued.cert)];
    const args = ['req', '-x509', ...curve, ...files, '-days', '30', ...more];
    execFileSync('openssl', args, { stdio: 'pipe' });
    return issued;
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true });
  }
}
