"""Who is there: in the cluster, and around it."""

from tests.kubernetes.policies import Peer

TRUST = "cluster.local/ns"

GATEWAY = Peer(
    "gateway",
    namespace="istio-ingress",
    labels={"istio": "ingressgateway"},
    principal=f"{TRUST}/istio-ingress/sa/istio-ingress",
)
NGINX_POD = Peer(
    "nginx", namespace="ingress-nginx", labels={"app.kubernetes.io/name": "ingress-nginx"}
)
PROMETHEUS = Peer(
    "prometheus",
    namespace="monitoring",
    labels={"app.kubernetes.io/name": "prometheus"},
    principal=f"{TRUST}/monitoring/sa/prometheus",
)
POD = Peer("pod", namespace="apps", labels={"app": "hello"}, principal=f"{TRUST}/apps/sa/default")
NEIGHBOUR = Peer(
    "neighbour", namespace="apps", labels={"app": "other"}, principal=f"{TRUST}/apps/sa/other"
)
ROUTER = Peer(
    "router",
    namespace="openshift-ingress",
    namespace_labels={"network.openshift.io/policy-group": "ingress"},
)
STRANGER = Peer(
    "stranger", namespace="else", labels={"istio": "ingressgateway"}, principal=f"{TRUST}/else/sa/x"
)
OUTSIDE_MESH = Peer("outside the mesh", namespace="else")
DNS = Peer("dns", namespace="kube-system", labels={"k8s-app": "kube-dns"})
OPENSHIFT_DNS = Peer(
    "dns of OpenShift",
    namespace="openshift-dns",
    labels={"dns.operator.openshift.io/daemonset-dns": "default"},
)
NODE_DNS = Peer("dns of the node", "169.254.20.10")
ISTIOD = Peer("istiod", namespace="istio-system", labels={"app": "istiod"})
REDIS = Peer("redis", namespace="data", labels={"app": "redis"})
PROVIDER = Peer("provider", "203.0.113.7")
PROVIDER_6 = Peer("provider by IPv6", "2001:db8::7")
METADATA = Peer("metadata of the cloud", "169.254.169.254")
INTERNAL = Peer("internal host", "10.9.8.7")
INTERNAL_6 = Peer("internal host by IPv6", "fd00::7")
