"""Manifests of applications as people write them: in many styles, with comments everywhere."""

from hypothesis import strategies as st

APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: web:1
        ports:
        - containerPort: 8080
          name: http
        readinessProbe:
          httpGet: {path: /healthz, port: http}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
"""

SECURITY = st.sampled_from(
    [
        "",
        "securityContext:\n  runAsNonRoot: true\n",
        "securityContext: {}\n",
        "securityContext: {runAsNonRoot: true}\n",
        "securityContext:\n  # ours\n  fsGroup: 1000\n",
    ]
)
INIT = st.sampled_from(
    [
        "",
        "initContainers: []\n",
        "initContainers:\n- name: a\n  image: a\n",
        "initContainers:\n    - {name: a}\n",
        "initContainers: [{name: a,\n  image: a}]\n",
    ]
)
VOLUMES = st.sampled_from(
    [
        "",
        "volumes: []\n",
        "volumes:\n- name: a\n  emptyDir: {}\n",
        "volumes:\n  # one\n  - name: a\n    configMap:\n      name: x\n",
        'volumes: [{name: a, persistentVolumeClaim: {claimName: "a b"}}]\n',
    ]
)
WITH_TEXT = """\
containers:
  - name: web
    args:
      - |
        # sidegate:begin
        x
    ports: [{name: http, containerPort: 8080}]
    livenessProbe:
      httpGet:
        port: 8080
        path: /live
"""
WITH_COMMENTS = """\
containers: # all
  - ports: # open
      - name: http
        containerPort: 8080
    name: 'web'
    readinessProbe: {httpGet: {path: /r, port: http}}
"""
CONTAINERS = st.sampled_from(
    [
        "containers:\n- name: web\n  ports:\n  - {containerPort: 8080, name: http}\n",
        "containers: [{name: web, ports: [{containerPort: 8080, name: http}]}]\n",
        WITH_TEXT,
        WITH_COMMENTS,
    ]
)
PORTS = st.sampled_from(
    [
        "ports:\n- port: 80\n  targetPort: http\n",
        "ports:\n  - targetPort: 8080 # there\n    port: 80\n",
        "ports: [{port: 8080}]\n",
        "ports:\n  - name: http\n    port: 8080\n",
        'ports: [{port: 80, targetPort: "http"}, {port: 81,\n  targetPort: 8080}]\n',
        "ports:\n- port: 8080",
    ]
)
GRACE = st.sampled_from(
    [
        "",
        "terminationGracePeriodSeconds: 30\n",
        "terminationGracePeriodSeconds: '20' # enough\n",
        "terminationGracePeriodSeconds: 120\n",
    ]
)
COMMENT = st.sampled_from(["", "", "", "# a comment\n", "\n", "  # far in\n", "#| looks odd\n"])


def indented(text: str, columns: int) -> str:
    """Return the lines, each moved to the right."""
    return "".join(" " * columns + line for line in text.splitlines(keepends=True))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return a Deployment and its Service."""
    step = draw(st.sampled_from([2, 4]))
    parts = [draw(SECURITY), draw(INIT), draw(CONTAINERS), draw(VOLUMES), draw(GRACE)]
    pod = "".join(draw(COMMENT) + part for part in draw(st.permutations(parts)))
    template = f"metadata:\n{' ' * step}labels: {{app: web}}\nspec:\n{indented(pod, step)}"
    deployment = (
        f"{draw(COMMENT)}apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n"
        f"spec:\n{' ' * step}template:\n{indented(template, 2 * step)}"
    )
    service = (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n"
        f"{' ' * step}selector: {{app: web}}\n{indented(draw(PORTS), step)}"
    )
    gap = f"{draw(COMMENT)}---\n"
    whole = draw(
        st.sampled_from([deployment + gap + service, f"{service.rstrip()}\n{gap}{deployment}"])
    )
    if draw(st.booleans()):
        whole = whole.rstrip("\n")
    if draw(st.booleans()):
        whole = whole.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "", "\ufeff", "---\n"])) + whole
