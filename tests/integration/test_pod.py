"""A pod that runs: gate and application under their limits, an Envoy in front, a real provider."""

import secrets
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
import yaml

from tests.integration.containers import Image
from tests.integration.envoys import Certificates, Envoy, example
from tests.integration.people import Person
from tests.integration.pods import CannotStart, Network, Pod
from tests.integration.processes import LOOPBACK, free_port, listens
from tests.integration.providers import OidcProvider
from tests.parts import ROOT, TOOLS

pytestmark = pytest.mark.needs("runc", "image", "envoy", "oidc-provider", "examples")

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
        self.objects = list(yaml.safe_load_all(self._filled_in()))
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

    def _filled_in(self):
        words = {
            "CLIENT_SECRET": self.client.client_secret,
            "COOKIE_SECRET": self.cookie_secret,
            "CLIENT_ID": self.client.client_id,
            "ISSUER": self.provider.issuer,
            "GATEWAY": self.gateway.url,
            "HOST_ADDRESS": self.network.host,
            "AUTHORITY": yaml.dump(self.certificates.authority.read_text(), default_style='"'),
        }
        text = (ROOT / "tests" / "integration" / "pod.yaml").read_text()
        for word, value in words.items():
            text = text.replace(word, value.strip())
        return text

    @property
    def spec(self):
        """The specification of the pod."""
        return next(each["spec"] for each in self.objects if each["kind"] == "Pod")

    def person(self, name):
        """Return somebody with a browser outside the pod."""
        return Person(name, self.gateway.url, self.certificates.trust())


def example_image(folder):
    """Return the image of an application: one static program and nothing else."""
    for name in ("dev", "proc", "sys"):
        (folder / name).mkdir(parents=True)
    shutil.copy(TOOLS / "examples" / "go-example", folder / "app")
    return Image(folder, (0, 0), ("/app",), ())


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Return a stage without a pod."""
    with ExitStack() as ending:
        yield Stage(tmp_path_factory.mktemp("stage"), ending)


@pytest.fixture(scope="module")
def pod(stage, image):
    """Return the pod, ready."""
    images = {"sidegate": image, "app": example_image(stage.folder / "example")}
    made = Pod(stage.spec, stage.objects, images, stage.network, stage.folder / "pod")
    try:
        made.start()
        yield made
    finally:
        codes = made.end()
    assert codes["sidegate"] == 0


@pytest.mark.usefixtures("pod")
def test_a_person_signs_in_through_the_gateway_into_the_pod(stage):
    with stage.person("alice") as alice:
        assert alice.sign_in().text == "Hello alice@example.com\n"
        assert alice.get("/admin").text == "Admin Panel\n"
    with stage.person("bob") as bob:
        assert bob.sign_in().status_code == 403


@pytest.mark.parametrize(("name", "user"), [("sidegate", 2000), ("app", 1000)])
def test_a_container_holds_no_rights(pod, name, user):
    state = pod.containers[name].state()
    assert state["Uid"].split() == state["Gid"].split() == [str(user)] * 4
    held = {state[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")}
    assert held == {"0000000000000000"}
    assert (state["NoNewPrivs"], state["Seccomp"]) == ("1", "2")


def test_nothing_in_the_pod_can_be_written(pod):
    places = {name: pod.containers[name].mounts() for name in ("sidegate", "app")}
    for place in ("/", "/secrets", "/etc/sidegate"):
        assert "ro" in places["sidegate"][place]
    assert "ro" in places["app"]["/"]
    assert "/secrets" not in places["app"]


def test_secrets_are_for_the_gate_alone(pod):
    for path in (pod.volumes["secrets"]).iterdir():
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
