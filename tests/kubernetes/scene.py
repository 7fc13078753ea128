"""Who is there: in the cluster, and around it."""

from tests.kubernetes.policies import Peer

TRUST = "cluster.local/ns"

GATEWAY = Peer(
    "gateway",
    namespace="istio-ingress",
    labels={"istio": "ingressgateway"},
    principal=f"{TRUST}/istio-ingress/sa/istio-ingress",
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
STRANGER = Peer(
    "stranger", namespace="else", labels={"istio": "ingressgateway"}, principal=f"{TRUST}/else/sa/x"
)
OUTSIDE_MESH = Peer("outside the mesh", namespace="else")
DNS = Peer("dns", namespace="kube-system", labels={"k8s-app": "kube-dns"})
NODE_DNS = Peer("dns of the node", "169.254.20.10")
ISTIOD = Peer("istiod", namespace="istio-system", labels={"app": "istiod"})
REDIS = Peer("redis", namespace="data", labels={"app": "redis"})
PROVIDER = Peer("provider", "203.0.113.7")
PROVIDER_6 = Peer("provider by IPv6", "2001:db8::7")
METADATA = Peer("metadata of the cloud", "169.254.169.254")
INTERNAL = Peer("internal host", "10.9.8.7")
INTERNAL_6 = Peer("internal host by IPv6", "fd00::7")
