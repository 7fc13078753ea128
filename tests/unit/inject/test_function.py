"""kustomize hands its function a ResourceList, with the settings in it."""

import pytest

from sidegate.inject.function import KEYS, settings_in
from sidegate.inject.refusal import Refused
from sidegate.inject.wanted import Wanted
from sidegate.manifests.objects import Source

LIST = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig:
  apiVersion: sidegate.io/v1
  kind: Inject
  spec:
    image: g:1
    leavePorts: [9090]
    classic: true
"""


def test_the_settings_are_found():
    found = settings_in([Source("f", LIST)])
    assert Wanted(**found) == Wanted("g:1", leave_ports=(9090,), is_classic=True)
    assert set(KEYS.values()) == set(Wanted.__slots__)


def test_without_one_there_are_none():
    assert settings_in([Source("f", "kind: List\n"), Source("g", "a: ResourceList")]) == {}


def test_a_setting_that_is_not_known_is_refused():
    with pytest.raises(Refused, match="no setting imagee"):
        settings_in([Source("f", LIST.replace("image:", "imagee:"))])
