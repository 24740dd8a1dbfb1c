import type { Process } from '../../lab/process/process.ts';

const PERIOD_MS = 200;

/** Stops and continues a program, so that it runs only this share of the time. */
export function stopCycling(program: Process, share: number): AsyncDisposable {
  let isRunning = true;
  let next: NodeJS.Timeout;
  const turn = () => {
    isRunning = !isRunning;
    process.kill(program.pid, isRunning ? 'SIGCONT' : 'SIGSTOP');
    next = setTimeout(turn, PERIOD_MS * (isRunning ? share : 1 - share));
  };
  next = setTimeout(turn, PERIOD_MS);
  return {
    [Symbol.asyncDispose]: () => {
      clearTimeout(next);
      return program[Symbol.asyncDispose]();
    },
  };
}
