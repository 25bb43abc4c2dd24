{{- /* Names, labels and pod settings that several objects share. Every define takes the root context unless it says. */}}

{{- define "jupyterhub.name" -}}
{{- /* (list root name): the official chart puts a prefix before names only when fullnameOverride is set */}}
{{- $root := index . 0 }}
{{- with $root.Values.fullnameOverride }}{{ . }}-{{ end }}{{ index . 1 }}
{{- end }}

{{- define "jupyterhub.selector" -}}
{{- /* (list root component) */}}
{{- $root := index . 0 -}}
app: jupyterhub
component: {{ index . 1 }}
release: {{ $root.Release.Name }}
app.kubernetes.io/name: jupyterhub
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "jupyterhub.labels" -}}
{{- /* (list root component) */}}
{{- $root := index . 0 -}}
{{ include "jupyterhub.selector" . }}
chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version | replace "+" "_" }}
heritage: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
hubwright.sandbox/stand-in: "true"
{{- end }}

{{- define "jupyterhub.image" -}}
{{- /* an image's map */}}
image: {{ printf "%s:%s" .name .tag }}
{{- with .pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{- define "jupyterhub.pullSecrets" -}}
{{- /* (list root image) */}}
{{- $root := index . 0 }}
{{- $names := list }}
{{- if and $root.Values.imagePullSecret.create $root.Values.imagePullSecret.automaticReferenceInjection }}
{{- $names = append $names (include "jupyterhub.name" (list $root "image-pull-secret")) }}
{{- end }}
{{- range concat $root.Values.imagePullSecrets (index . 1).pullSecrets }}
{{- $names = append $names (kindIs "map" . | ternary .name .) }}
{{- end }}
{{- with $names }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "jupyterhub.placement" -}}
{{- /* (list root purpose scheduling-settings nodeSelector tolerations): node selector, tolerations, affinity */}}
{{- $purpose := index . 1 }}{{ $settings := index . 2 }}
{{- with index . 3 }}
nodeSelector: {{ toJson . }}
{{- end }}
tolerations: {{ concat $settings.tolerations (index . 4) | toJson }}
{{- $match := dict "key" "hub.jupyter.org/node-purpose" "operator" "In" "values" (list $purpose) }}
{{- if eq $settings.nodeAffinity.matchNodePurpose "require" }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions: [{{ toJson $match }}]
{{- else if eq $settings.nodeAffinity.matchNodePurpose "prefer" }}
affinity:
  nodeAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        preference:
          matchExpressions: [{{ toJson $match }}]
{{- end }}
{{- end }}

{{- define "jupyterhub.priority" -}}
{{- /* (list root class) */}}
{{- $root := index . 0 }}
{{- if $root.Values.scheduling.podPriority.enabled }}
priorityClassName: {{ $root.Release.Name }}-{{ index . 1 }}
{{- end }}
{{- end }}

{{- define "jupyterhub.restricted" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ . }}
  allowPrivilegeEscalation: false
  capabilities: { drop: ["ALL"] }
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "jupyterhub.egress" -}}
{{- /* a networkPolicy map: what its egressAllowRules open */}}
{{- $private := list "10.0.0.0/8" "172.16.0.0/12" "192.168.0.0/16" }}
{{- $metadata := "169.254.169.254/32" }}
{{- $dns := list (dict "port" 53 "protocol" "UDP") (dict "port" 53 "protocol" "TCP") }}
{{- with .egressAllowRules }}
{{- if .dnsPortsPrivateIPs }}
- to: [{{ range $i, $cidr := $private }}{{ if $i }}, {{ end }}{ipBlock: {cidr: {{ $cidr }}}}{{ end }}]
  ports: {{ toJson $dns }}
{{- end }}
{{- if .dnsPortsCloudMetadataServer }}
- to: [{ipBlock: {cidr: {{ $metadata }}}}]
  ports: {{ toJson $dns }}
{{- end }}
{{- if .dnsPortsKubeSystemNamespace }}
- to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
  ports: {{ toJson $dns }}
{{- end }}
{{- if .nonPrivateIPs }}
- to: [{ipBlock: {cidr: 0.0.0.0/0, except: {{ append $private $metadata | toJson }}}}]
{{- end }}
{{- if .privateIPs }}
- to: [{{ range $i, $cidr := $private }}{{ if $i }}, {{ end }}{ipBlock: {cidr: {{ $cidr }}}}{{ end }}]
{{- end }}
{{- if .cloudMetadataServer }}
- to: [{ipBlock: {cidr: {{ $metadata }}}}]
{{- end }}
{{- end }}
{{- range .egress }}
- {{ toJson . }}
{{- end }}
{{- end }}
