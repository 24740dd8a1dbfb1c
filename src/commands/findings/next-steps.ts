import type { Finding } from '../../core/mining/verdict/finding.ts';
import { escaped } from '../../core/text/safe-text.ts';
import { quoted } from '../shell.ts';

/** What to do about a finding: commands to paste where there are some. */
export function nextSteps(finding: Finding): string[] {
  switch (finding.verdict) {
    case 'allowed':
      return ['nothing: VIGIA_MAY_MINE says that it may'];
    case 'noted':
      return ['nothing yet: it takes more to be suspicious'];
    default:
      return [...lookSteps(finding), ...allowStep(finding)];
  }
}

function lookSteps(finding: Finding): string[] {
  const { evidence, kind } = finding;
  const pid = evidence.find((each) => each.pid !== undefined)?.pid;
  return [
    kind === 'kubernetes' ? kubectlText(finding) : '',
    kind === 'unit' ? commandText(['systemctl', 'status', finding.pod]) : '',
    pid === undefined ? '' : `sudo ls -l /proc/${pid}/exe /proc/${pid}/cwd; ps -fp ${pid}`,
    connectionsText(finding),
  ].filter((step) => step !== '');
}

/** Without the API server's names a pod goes by its uid, which kubectl does not look up. */
function kubectlText({ namespace, pod }: Finding): string {
  if (namespace !== '') return commandText(['kubectl', '-n', namespace, 'describe', 'pod', pod]);
  const columns = ['uid', 'namespace', 'name'].map((field) => `:.metadata.${field}`).join(',');
  return `kubectl get pods -A -o custom-columns=${columns} | ${commandText(['grep', pod])}`;
}

function connectionsText({ namespace, pod }: Finding): string {
  const where = namespace === '' ? [] : [`--namespace=${namespace}`];
  return commandText(['sudo', 'vigia', 'connections', ...where, `--pod=${pod}`]);
}

/** Where the setting can name it: a comma would end the name, and a space is none of one. */
function allowStep({ namespace, workload }: Finding): string[] {
  if (!/^[^/\s,]*$/.test(namespace) || !/^[^/\s,]+$/.test(workload)) return [];
  const set = commandText([`VIGIA_MAY_MINE=${namespace}/${workload}`]);
  return set === '' ? [] : [`if it may mine, start vigia run with ${set}`];
}

/** Empty where a name holds what a terminal would not show: such a command cannot be pasted. */
function commandText(words: readonly string[]): string {
  const isShown = words.every((word) => escaped(word) === word);
  return isShown ? words.map(quoted).join(' ') : '';
}
