"""Several providers each have a callback, and the domains that lead to them."""

from msgspec.structs import replace

from sidegate.app.choice import callback_places, choice_of
from sidegate.core.providers import Providers
from tests.kit.gate import FakeProvider
from tests.unit.app.conftest import MakeSettings


def test_the_only_provider_keeps_the_callback_it_always_had(settings: MakeSettings) -> None:
    assert callback_places(settings()) == {"oidc": ""}


def test_providers_of_tables_have_their_own(settings: MakeSettings) -> None:
    made = settings()
    (first,) = made.providers
    corp = replace(first, id="corp", has_own_callback=True, for_email_domains=("corp.test",))
    both = replace(made, providers=(first, corp))
    assert callback_places(both) == {"oidc": "", "corp": "/corp"}
    choice = choice_of(both, Providers([FakeProvider(id="oidc"), FakeProvider(id="corp")]))
    found = choice.for_email("al@corp.test")
    assert found is not None
    assert found.id == "corp"
