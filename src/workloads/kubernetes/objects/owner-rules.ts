/** Pods whose controller is of one of these kinds belong to what the label names. */
export interface OwnerRule {
  readonly label: string;
  readonly kind: string;
  readonly controllers: readonly string[];
}

/**
 * Platforms that make an object for each version or run, and label its pods with what people made. The
 * first that fits counts: an InferenceService of KServe may be served by a Knative Service.
 */
export const MADE_FOR: readonly OwnerRule[] = [
  {
    label: 'serving.kserve.io/inferenceservice',
    kind: 'InferenceService',
    controllers: ['ReplicaSet', 'StatefulSet', 'LeaderWorkerSet'],
  },
  // Called as in Knative's own documents; a Service is something else to all who see it beside a pod.
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
