/** The label names the owner of pods whose controller is of one of these kinds. */
export interface OwnerRule {
  readonly label: string;
  readonly kind: string;
  readonly controllers: readonly string[];
}

/**
 * Platforms that create an object for each version or run, and label its pods with the object that the
 * user created. The first match wins: KServe can run an InferenceService as a Knative Service.
 */
export const MADE_FOR: readonly OwnerRule[] = [
  {
    label: 'serving.kserve.io/inferenceservice',
    kind: 'InferenceService',
    controllers: ['ReplicaSet', 'StatefulSet', 'LeaderWorkerSet'],
  },
  // Not `Service`, which would look like a Kubernetes Service.
  { label: 'serving.knative.dev/service', kind: 'KnativeService', controllers: ['ReplicaSet'] },
  {
    label: 'workflows.argoproj.io/cron-workflow',
    kind: 'CronWorkflow',
    controllers: ['Workflow'],
  },
  { label: 'jobset.sigs.k8s.io/jobset-name', kind: 'JobSet', controllers: ['Job'] },
  { label: 'tekton.dev/pipeline', kind: 'Pipeline', controllers: ['TaskRun'] },
  { label: 'tekton.dev/task', kind: 'Task', controllers: ['TaskRun'] },
  {
    label: 'actions.github.com/scale-set-name',
    kind: 'AutoscalingRunnerSet',
    controllers: ['EphemeralRunner'],
  },
  {
    label: 'sparkoperator.k8s.io/app-name',
    kind: 'SparkApplication',
    controllers: ['Pod', 'SparkApplication'],
  },
];
