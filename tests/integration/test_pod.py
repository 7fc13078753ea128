"""A pod that runs: gate and application under their limits, an Envoy in front, a real provider."""

import os
import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import httpx
import pytest

from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.people import Person
from tests.integration.pods import CannotStart, Network, Pod
from tests.integration.processes import LOOPBACK, free_port, listens
from tests.integration.providers import OidcProvider
from tests.kubernetes.charts import LEAST, merged, of_kind, render, with_dependency

pytestmark = pytest.mark.needs("runc", "image", "envoy", "oidc-provider", "helm")

MIB = 1 << 20
REQUESTS = 500


class Stage:
    """The pod, its Envoy, and the provider behind an Envoy of its own."""

    def __init__(self, folder, ending):
        self.network = Network()
        ending.callback(self.network.end)
        self.certificates = Certificates(folder, self.network.host)
        self.provider = self._provider(folder, ending)
        self.gateway = self._envoy(folder, "gateway.yaml", (self.network.pod, 4180))
        ending.callback(self.gateway.end)
        self.client = self.provider.register(self.gateway.url)
        self.cookie_secret = secrets.token_urlsafe(32)
        self.objects = self._rendered(folder)
        self.folder = folder

    def _provider(self, folder, ending):
        port = free_port()
        front = self._envoy(folder, "gateway.yaml", (LOOPBACK, port))
        ending.callback(front.end)
        provider = OidcProvider(port, issuer=front.url)
        ending.callback(provider.end)
        provider.wait()
        return provider

    def _envoy(self, folder, name, gate):
        told = example(name, self.certificates, host=self.network.host, gate=gate)
        return Envoy(told, folder)

    def _rendered(self, folder):
        """Return what the chart of the example makes, and the Secret that it expects."""
        config = {
            "oidc_issuer_url": self.provider.issuer,
            "provider_ca_files": ["/etc/sidegate/ca.crt"],
            "client_id": self.client.client_id,
            "redirect_url": f"{self.gateway.url}/oauth2/callback",
            "real_client_ip_header": "X-Forwarded-For",
            "trusted_proxy_ips": [self.network.host],
        }
        resources = {"limits": {"cpu": "100m", "memory": "64Mi"}}
        gate = merged(LEAST, {"config": config, "resources": resources})
        made = render({"sidegate": gate}, with_dependency(folder))
        [settings] = [
            each for each in of_kind("ConfigMap", made) if "sidegate.toml" in each["data"]
        ]
        settings["data"]["ca.crt"] = self.certificates.authority.read_text()
        secret = {"client-secret": self.client.client_secret, "cookie-secret": self.cookie_secret}
        about = {"kind": "Secret", "metadata": {"name": LEAST["secrets"]["existingSecret"]}}
        return [*made, {**about, "stringData": secret}]

    @property
    def spec(self):
        """The specification of the pod."""
        [deployment] = of_kind("Deployment", self.objects)
        return deployment["spec"]["template"]["spec"]

    def person(self, name):
        """Return somebody with a browser outside the pod."""
        return Person(name, self.gateway.url, self.certificates.trust())


def python_image(image, folder):
    """Return an image whose `python` is that of the gate's image, as the example wants one."""
    tree = folder / "rootfs"
    shutil.copytree(image.tree, tree, symlinks=True, copy_function=os.link)
    (tree / "usr/bin/python").symlink_to("python3.11")
    (tree / "srv").mkdir()
    return replace(image, tree=tree, words=())


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Return a stage without a pod."""
    with ExitStack() as ending:
        yield Stage(tmp_path_factory.mktemp("stage"), ending)


@pytest.fixture(scope="module")
def pod(stage, image):
    """Return the pod, ready."""
    images = {"sidegate": image, "hello": python_image(image, stage.folder)}
    made = Pod(stage.spec, stage.objects, images, stage.network, stage.folder / "pod")
    try:
        made.start()
        yield made
    finally:
        made.containers["hello"].end(
            1
        )  # Python's http.server knows no SIGTERM as the first process
        codes = made.end()
    assert codes["sidegate"] == 0


@pytest.mark.usefixtures("pod")
def test_a_person_signs_in_through_the_gateway_into_the_pod(stage):
    with stage.person("alice") as alice:
        assert "Only who is signed in sees this." in alice.sign_in().text
    with stage.person("bob") as bob:
        assert bob.sign_in().status_code == 403


@pytest.mark.parametrize(("name", "user"), [("sidegate", 2000), ("hello", 1000)])
def test_a_container_holds_no_rights(pod, name, user):
    state = pod.containers[name].state()
    assert state["Uid"].split() == state["Gid"].split() == [str(user)] * 4
    held = {state[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")}
    assert held == {"0000000000000000"}
    assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2")


def test_nothing_in_the_pod_can_be_written(pod):
    places = {name: pod.containers[name].mounts() for name in ("sidegate", "hello")}
    for place in ("/", "/secrets", "/etc/sidegate"):
        assert "ro" in places["sidegate"][place]
    assert "ro" in places["hello"]["/"]
    assert "/secrets" not in places["hello"]


def test_secrets_are_for_the_gate_alone(pod):
    for path in (pod.volumes["sidegate-secrets"]).iterdir():
        found = path.stat()
        assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (0, 2000, 0o440)


@pytest.mark.usefixtures("pod")
def test_the_application_is_reached_through_the_gate_only(stage):
    lies = {"X-Auth-Request-Email": "alice@example.com", "X-Forwarded-Email": "alice@example.com"}
    assert not listens(8080, stage.network.pod)
    answer = httpx.get(f"http://{stage.network.pod}:4180/", headers=lies)
    assert answer.status_code in {401, 403}


def test_a_tenth_of_a_processor_and_64_mib_suffice(pod, stage):
    gate = pod.containers["sidegate"]
    before = gate.used()
    with stage.person("alice") as alice:
        alice.sign_in()
        signed_in = gate.used()
        with ThreadPoolExecutor(8) as many:
            answers = many.map(lambda _: alice.get("/").status_code, range(REQUESTS))
            assert set(answers) == {200}
    after, resident = gate.used(), int(gate.state()["VmHWM"].split()[0]) / 1024
    spent = [each["cpu"]["usage"]["total"] / 1e6 for each in (before, signed_in, after)]
    per_request = (spent[2] - spent[1]) / REQUESTS
    charged = after["memory"]["usage"]["max"] / MIB
    print(  # noqa: T201 - shown by pytest -s
        f"pod: start {spent[0]:.0f} ms of CPU, sign-in {spent[1] - spent[0]:.0f}, a request "
        f"{per_request:.3f}; {resident:.0f} MiB resident, {charged:.0f} charged"
    )
    assert after["cpu"]["throttling"]["periods"] > 0, "no limit on CPU"
    assert after["memory"]["usage"]["limit"] == 64 * MIB
    assert resident < 64
    assert per_request < 1, "100 requests each second may take 100 ms together"


def test_what_kubelet_would_refuse_is_refused(stage, tmp_path):
    spec = {"containers": [{"name": "x", "securityContext": {"runAsNonRoot": True}}]}
    with pytest.raises(CannotStart, match="root"):
        Pod(spec, [], {}, stage.network, tmp_path).start()
    volumes = [{"name": "v", "secret": {"secretName": "nobody-made-it"}}]
    with pytest.raises(CannotStart, match="nobody-made-it"):
        Pod({"containers": [], "volumes": volumes}, [], {}, stage.network, tmp_path)
