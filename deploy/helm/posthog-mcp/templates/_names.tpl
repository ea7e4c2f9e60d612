{{- define "posthog-mcp.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- /* 52 characters leave room for the longest suffix, "-valkey-io". */ -}}
{{- define "posthog-mcp.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "posthog-mcp.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "posthog-mcp.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "posthog-mcp.selector" -}}
app.kubernetes.io/name: {{ include "posthog-mcp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end }}

{{- define "posthog-mcp.valkeySelector" -}}
app.kubernetes.io/name: {{ include "posthog-mcp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: valkey
{{- end }}

{{- define "posthog-mcp.common" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "posthog-mcp.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "posthog-mcp.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* image takes the image's values and a default tag. */ -}}
{{- define "posthog-mcp.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) }}
{{- end }}
{{- end }}

{{- /* hosts are the names that callers know the server by. */ -}}
{{- define "posthog-mcp.hosts" -}}
{{- $service := include "posthog-mcp.fullname" . -}}
{{- $hosts := list $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace) (printf "%s.%s.svc.cluster.local" $service .Release.Namespace) -}}
{{- if .Values.ingress.enabled }}{{ $hosts = append $hosts .Values.ingress.host }}{{ end -}}
{{- concat $hosts .Values.allowedHosts | uniq | join "," }}
{{- end }}

{{- define "posthog-mcp.valkeySecret" -}}
{{- default (printf "%s-valkey" (include "posthog-mcp.fullname" .)) .Values.valkey.existingSecret }}
{{- end }}

{{- /* confined is how every container of the chart runs. */ -}}
{{- define "posthog-mcp.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
