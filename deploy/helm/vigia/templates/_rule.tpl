{{/* A shipped rule. Alerts get their stage, additional labels, and the URL of their runbook. */}}
{{- define "vigia.rule" -}}
{{- $rule := deepCopy (index . 0) }}
{{- $values := index . 1 }}
{{- if $rule.alert }}
{{- $stage := default $values.stage (get $values.stages $rule.alert) }}
{{- $labels := merge (dict "vigia_stage" $stage) $values.alertLabels (default dict $rule.labels) }}
{{- $_ := set $rule "labels" $labels }}
{{- $runbook := dig "annotations" "runbook_url" "" $rule }}
{{- if and $values.runbookUrl $runbook }}
{{- $url := printf "%s/%s" (trimSuffix "/" $values.runbookUrl) (base $runbook) }}
{{- $_ := set $rule.annotations "runbook_url" $url }}
{{- end }}
{{- end }}
{{- toYaml $rule }}
{{- end }}
