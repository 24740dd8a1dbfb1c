/**
 * Asks a DNS server for records, each once, and prints what it answered as JSON.
 *
 *   node resolve.ts SERVER "TYPE NAME" ...
 */
import { Resolver } from 'node:dns/promises';

const PATIENCE_MS = 250;

async function main([server = '', ...questions]: string[]): Promise<void> {
  const resolver = new Resolver({ timeout: PATIENCE_MS, tries: 1 });
  resolver.setServers([server]);
  const answers: string[][] = [];
  for (const question of questions) {
    const [type = '', name = ''] = question.split(' ');
    const asking = type === 'AAAA' ? resolver.resolve6(name) : resolver.resolve4(name);
    answers.push(await asking.catch(({ code }: NodeJS.ErrnoException) => [String(code)]));
  }
  process.stdout.write(JSON.stringify(answers));
}

await main(process.argv.slice(2));
