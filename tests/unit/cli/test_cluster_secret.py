"""A Secret of the cluster: what is said where there is none. The rest: tests/kubernetes."""

from pathlib import Path

import pytest

from sidegate.cli import main
from sidegate.cli.cluster_secret import CannotReach, ClusterSecret


def test_outside_of_a_pod_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secret", "rotate", "--in-cluster=gate"]) == 1
    assert "has to run in a pod" in capsys.readouterr().err


def test_without_an_address_of_the_api_it_is_no_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("namespace", "token", "ca.crt"):
        (tmp_path / name).write_text("x")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(CannotReach, match="no pod"):
        ClusterSecret("gate", "cookie-secret", tmp_path).read()


@pytest.mark.parametrize("words", [[], ["file", "--in-cluster=gate"]])
def test_it_is_a_file_or_a_secret_of_the_cluster(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["secret", "rotate", *words])
    assert ended.value.code == 2
