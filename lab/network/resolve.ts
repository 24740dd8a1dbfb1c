/**
 * Sends each query to a DNS server once, and prints the answers as JSON.
 *
 *   node resolve.ts [--at-once] SERVER "TYPE NAME" ...
 */
import { Resolver } from 'node:dns/promises';

const PATIENCE_MS = 250;

async function main(words: string[]): Promise<void> {
  const isAtOnce = words[0] === '--at-once';
  const [server = '', ...questions] = words.slice(isAtOnce ? 1 : 0);
  const resolver = new Resolver({ timeout: isAtOnce ? PATIENCE_MS * 20 : PATIENCE_MS, tries: 1 });
  resolver.setServers([server]);
  const answerTo = async (question: string): Promise<string[]> => {
    const [type = '', name = ''] = question.split(' ');
    const pending = type === 'AAAA' ? resolver.resolve6(name) : resolver.resolve4(name);
    return await pending.catch(({ code }: NodeJS.ErrnoException) => [String(code)]);
  };
  const answers = isAtOnce ? await Promise.all(questions.map(answerTo)) : [];
  if (!isAtOnce) for (const question of questions) answers.push(await answerTo(question));
  process.stdout.write(JSON.stringify(answers));
}

await main(process.argv.slice(2));
