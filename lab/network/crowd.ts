import { compiled, type Process, startInside } from '../process/process.ts';

/** Opens connections to itself, sends 64 bytes over each, and keeps them open until disposal. */
export async function holdConnections(
  cgroup: string,
  netns: string,
  count: number,
  port: number,
): Promise<Process> {
  const enter = ['nsenter', `--net=${netns}`];
  const command = [...enter, compiled('crowd'), String(count), '64', String(port)];
  const holder = await startInside(cgroup, command);
  await holder.prints('ready');
  return holder;
}
