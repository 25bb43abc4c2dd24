{{- define "binderhub.selector" -}}
{{- /* (list root component) */}}
{{- $root := index . 0 -}}
app: binder
name: {{ index . 1 }}
component: {{ index . 1 }}
release: {{ $root.Release.Name }}
{{- end }}

{{- define "binderhub.labels" -}}
{{- /* (list root component) */}}
{{- $root := index . 0 -}}
{{ include "binderhub.selector" . }}
chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version | replace "+" "_" }}
heritage: {{ $root.Release.Service }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
hubwright.sandbox/stand-in: "true"
{{- end }}

{{- define "binderhub.image" -}}
image: {{ printf "%s:%s" .name .tag }}
{{- with .pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{- define "binderhub.pullSecrets" -}}
{{- with .pullSecrets }}
imagePullSecrets: [{{ range $i, $secret := . }}{{ if $i }}, {{ end }}{name: {{ kindIs "map" $secret | ternary $secret.name $secret }}}{{ end }}]
{{- end }}
{{- end }}

{{- define "binderhub.onBuildNodes" -}}
{{- /* Builders run where builds run: BinderHub's own node selector, and the user nodes' taint is tolerated. */}}
{{- with .Values.config.BinderHub.build_node_selector }}
nodeSelector: {{ toJson . }}
{{- end }}
tolerations:
  - key: hub.jupyter.org/dedicated
    operator: Equal
    value: user
    effect: NoSchedule
{{- end }}
