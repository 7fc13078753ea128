"""What the values of oauth2-proxy's chart (10.7) are called, and what becomes of them here."""

from typing import Final

# From where to where, for what means the same in both charts.
SAME: Final = {
    "replicaCount": "replicas",
    "service.portNumber": "service.port",
    "serviceAccount.enabled": "serviceAccount.create",
    "metrics.servicemonitor.enabled": "metrics.serviceMonitor.enabled",
    "metrics.servicemonitor.interval": "metrics.serviceMonitor.interval",
    "metrics.servicemonitor.labels": "metrics.serviceMonitor.labels",
    "autoscaling.targetCPUUtilizationPercentage": "autoscaling.cpuUtilization",
    "podDisruptionBudget.enabled": "disruptionBudget.enabled",
    "podDisruptionBudget.maxUnavailable": "disruptionBudget.maxUnavailable",
    "networkPolicy.create": "networkPolicy.enabled",
    "networkPolicy.ingress": "networkPolicy.extraIngress",
    "networkPolicy.egress": "networkPolicy.extraEgress",
    "global.imagePullSecrets": "imagePullSecrets",
    **{
        name: name
        for name in (
            *("nameOverride", "fullnameOverride", "imagePullSecrets", "resources", "nodeSelector"),
            *("tolerations", "affinity", "topologySpreadConstraints", "priorityClassName"),
            *("podAnnotations", "podLabels", "extraVolumes", "extraVolumeMounts"),
            *("service.type", "service.annotations", "serviceAccount.name"),
            *("serviceAccount.annotations", "ingress.enabled", "ingress.className"),
            *("ingress.annotations", "gatewayApi.enabled", "gatewayApi.parentRefs"),
            *("gatewayApi.annotations", "metrics.enabled", "metrics.port"),
            *("metrics.serviceMonitor.enabled", "metrics.serviceMonitor.interval"),
            *("metrics.serviceMonitor.labels", "autoscaling.enabled", "autoscaling.minReplicas"),
            *("autoscaling.maxReplicas",),
        )
    },
}

# Read by a part of the conversion.
READ: Final = (
    *("config.clientID", "config.clientSecret", "config.cookieSecret", "config.existingSecret"),
    *("config.cookieName", "config.configFile", "config.existingConfig", "config.emailDomains"),
    *("config.upstreams", "config.google.", "config.requiredSecretKeys", "extraArgs", "extraEnv"),
    *("sessionStorage.", "ingress.hosts", "ingress.tls", "gatewayApi.hostnames"),
    *("gatewayApi.gatewayRef", "authenticatedEmailsFile.", "htpasswdFile.", "alphaConfig."),
    "image.",
)

# Without a meaning here, and nothing is lost: the gate waits for Redis by itself, its secrets are
# files, its token is never mounted, its rights and probes are its own and no weaker.
NEEDLESS: Final = (
    *("initContainers.waitForRedis.", "proxyVarsAsSecrets", "config.forceLegacyConfig"),
    *("serviceAccount.automountServiceAccountToken", "checkDeprecation", "enableServiceLinks"),
    *("securityContext.enabled", "securityContext.allowPrivilegeEscalation"),
    *("securityContext.capabilities.drop", "securityContext.readOnlyRootFilesystem"),
    *("securityContext.runAsNonRoot", "securityContext.seccompProfile.", "livenessProbe."),
    *("readinessProbe.", "metrics.serviceMonitor.prometheusInstance"),
    *("metrics.servicemonitor.prometheusInstance", "authenticatedEmailsFile.annotations"),
)

# What their values file has where nobody changed it: nobody asked for it.
UNTOUCHED: Final = {
    "service.appProtocol": "http",
    "metrics.service.appProtocol": "http",
    "metrics.serviceMonitor.scrapeTimeout": "30s",
    "metrics.servicemonitor.scrapeTimeout": "30s",
    "httpScheme": "http",
    "ingress.path": "/",
    "ingress.pathType": "ImplementationSpecific",
    "revisionHistoryLimit": 10,
    "podDisruptionBudget.minAvailable": 1,
    "securityContext.runAsUser": 2000,
    "securityContext.runAsGroup": 2000,
    "containerPort": 4180,
}

# What to do about others. The first that fits counts.
REMEDIES: Final = {
    "extraObjects": "apply these objects beside the chart",
    "extraContainers": "add them by kustomize, or as pods of their own",
    "extraInitContainers": "add them by kustomize, or do without",
    "initContainers": "add them by kustomize, or do without",
    "redis": "no Redis is installed here: install one, and give its address in config",
    "envFrom": "write each variable as an option under config; secrets are files",
    "namespaceOverride": "give the namespace to helm, --namespace",
    "kubeVersion": "give it to helm, --kube-version",
    "httpScheme": "TLS ends before the gate; else set https_address and its files in config",
    "containerPort": "the gate listens on 4180, and the Service leads there",
    "securityContext.runAs": "set securityContext.runAsUser and runAsGroup, unless 0",
    "securityContext": "the gate has the least rights there are; look whether it is needed",
    "podSecurityContext": "the gate has the least rights there are; look whether it is needed",
    "lifecycle": "drain.delay and drain.timeout do this",
    "terminationGracePeriodSeconds": "it is drain.delay and drain.timeout and five seconds",
    "ingress.extraPaths": "write an Ingress of your own for these",
    "ingress.path": "all paths are routed here; write an Ingress of your own for others",
    "gatewayApi.rules": "all paths are routed here; write an HTTPRoute of your own for others",
    "service.": "write a Service of your own; service.enabled: false leaves out ours",
    "metrics.serviceMonitor": "write a ServiceMonitor of your own for this",
    "metrics.servicemonitor": "write a ServiceMonitor of your own for this",
    "metrics.": "write a Service of your own for this",
    "autoscaling": "write a HorizontalPodAutoscaler of your own for this",
    "podDisruptionBudget": "set disruptionBudget.maxUnavailable",
    "global.imageRegistry": "give image.repository with its registry",
    "hostAliases": "give these names to DNS, or patch the Deployment",
}
OTHERWISE: Final = "there is no such value here; if you need it, patch what the chart makes"


def remedy(path: str) -> str:
    """Return what to do about a value that is not taken over."""
    return next((text for start, text in REMEDIES.items() if path.startswith(start)), OTHERWISE)
