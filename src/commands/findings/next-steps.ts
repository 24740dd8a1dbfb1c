import type { Finding } from '../../core/mining/verdict/finding.ts';
import { escaped, quoted } from '../../core/text/safe-text.ts';

/** What to do about a finding: commands to paste, where possible. */
export function nextSteps(finding: Finding): string[] {
  switch (finding.verdict) {
    case 'allowed':
      return ['none: VIGIA_MAY_MINE allows this pod to mine'];
    case 'noted':
      return ['none yet: the score is too low to be suspicious'];
    default:
      return [...inspectionSteps(finding), ...allowStep(finding)];
  }
}

function inspectionSteps(finding: Finding): string[] {
  const { evidence, kind } = finding;
  const pid = evidence.find((each) => each.pid !== undefined)?.pid;
  return [
    kind === 'kubernetes' ? kubectlText(finding) : '',
    kind === 'unit' ? commandText(['systemctl', 'status', finding.pod]) : '',
    pid === undefined ? '' : `sudo ls -l /proc/${pid}/exe /proc/${pid}/cwd; ps -fp ${pid}`,
    connectionsText(finding),
  ].filter((step) => step !== '');
}

/** Without names from the API server a pod is shown by its UID, which `kubectl describe` does not accept. */
function kubectlText({ namespace, pod }: Finding): string {
  if (namespace !== '') return commandText(['kubectl', '-n', namespace, 'describe', 'pod', pod]);
  const columns = ['uid', 'namespace', 'name'].map((field) => `:.metadata.${field}`).join(',');
  return `kubectl get pods -A -o custom-columns=${columns} | ${commandText(['grep', pod])}`;
}

function connectionsText({ namespace, pod }: Finding): string {
  const where = namespace === '' ? [] : [`--namespace=${namespace}`];
  return commandText(['sudo', 'vigia', 'connections', ...where, `--pod=${pod}`]);
}

/** Empty if the setting cannot hold the name: a comma ends an entry, and names contain no space. */
function allowStep({ namespace, workload }: Finding): string[] {
  if (!/^[^/\s,]*$/.test(namespace) || !/^[^/\s,]+$/.test(workload)) return [];
  const set = commandText([`VIGIA_MAY_MINE=${namespace}/${workload}`]);
  return set === '' ? [] : [`to allow mining, start vigia run with ${set}`];
}

/** Empty if a name contains characters that are escaped: such a command cannot be pasted. */
function commandText(words: readonly string[]): string {
  const isShown = words.every((word) => escaped(word) === word);
  return isShown ? words.map(quoted).join(' ') : '';
}
