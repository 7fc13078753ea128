"""The users of a file: hot reloaded as a whole, their sessions as lasting as their line."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sidegate.config.findings import Malformed
from sidegate.core.errors import ConfigurationError, SignInBusy
from sidegate.core.identity import Identity, Session, Tokens
from sidegate.net.workers import Workers
from sidegate.stores.accounts import Accounts

P1 = "{SHA}t49XZhHsBvlq88plTCIXKl10bEA="
P2 = "{SHA}xf2WHJ9zepVaMIBQBi56LDTuZ8M="


class Folder:
    """A file of users."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "users"
        self.write(f"u1:{P1}\n")

    def write(self, text: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.rename(self.path)

    def accounts(self, *groups: str, waiting: int = 1) -> Accounts:
        return Accounts(
            str(self.path),
            groups,
            workers=Workers(1, waiting),
        )

    def reread(self, accounts: Accounts) -> str | None:
        """Do what `net.watch` does when the file has changed."""
        return accounts.watched().read()()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def fits(accounts: Accounts, user: str, password: str) -> bool:
    return asyncio.run(accounts.vouch(user, password)) is not None


def session_of(accounts: Accounts, password: str = "p1") -> Session:
    vouched = asyncio.run(accounts.vouch("u1", password))
    assert vouched is not None
    mark, identity = vouched
    return Session("sid", mark, identity, Tokens(), 0.0, 0.0, 1e12)


def test_a_user_has_a_password_and_the_groups_of_all(folder: Folder) -> None:
    accounts = folder.accounts("g1", "g2")
    assert fits(accounts, "u1", "p1")
    assert not fits(accounts, "u1", "p2")
    assert accounts.knows("u1")
    assert not accounts.knows("u2")
    session = session_of(accounts)
    assert session.identity == Identity("u1", groups=("g1", "g2"))
    assert session.is_by_password
    assert accounts.lists(session)


def test_a_changed_file_is_taken_over_as_a_whole(folder: Folder) -> None:
    accounts = folder.accounts()
    folder.write(f"u2:{P2}\n")
    take = accounts.watched().read()
    assert fits(accounts, "u1", "p1")
    assert take() is not None
    assert not fits(accounts, "u1", "p1")
    assert fits(accounts, "u2", "p2")


def test_the_same_users_are_no_news(folder: Folder) -> None:
    accounts = folder.accounts()
    folder.write(f"# written anew\nu1:{P1}\n")
    assert folder.reread(accounts) is None


def test_weak_hashes_of_a_changed_file_are_told(folder: Folder) -> None:
    accounts = folder.accounts()
    folder.write(f"u2:{P2}\n")
    assert "{SHA}" in str(folder.reread(accounts))


@pytest.mark.parametrize("text", ["", "u1\n", f"u2:{P2}\nu3:{{SH"])
def test_a_malformed_file_changes_nothing(folder: Folder, text: str) -> None:
    accounts = folder.accounts()
    session = session_of(accounts)
    folder.write(text)
    with pytest.raises(Malformed):
        accounts.watched().read()
    assert fits(accounts, "u1", "p1")
    assert accounts.lists(session)


def test_a_session_ends_with_its_user(folder: Folder) -> None:
    accounts = folder.accounts()
    session = session_of(accounts)
    folder.write(f"u2:{P2}\n")
    folder.reread(accounts)
    assert not accounts.lists(session)


def test_a_session_ends_when_the_password_changes(folder: Folder) -> None:
    accounts = folder.accounts()
    session = session_of(accounts)
    folder.write(f"u1:{P2}\nu2:{P2}\n")
    folder.reread(accounts)
    assert not accounts.lists(session)
    assert accounts.lists(session_of(accounts, "p2"))


def test_a_session_with_other_groups_is_over(folder: Folder) -> None:
    session = session_of(folder.accounts("g1"))
    assert not folder.accounts().lists(session)
    assert not folder.accounts("g1", "g2").lists(session)
    assert folder.accounts("g1").lists(session)


def test_nobody_else_is_listed(folder: Folder) -> None:
    accounts = folder.accounts()
    session = session_of(accounts)
    for provider in ("oidc", "htpasswd:", ""):
        assert not accounts.lists(replace(session, provider=provider))
    assert not accounts.lists(replace(session, identity=Identity("u2")))


def test_more_than_may_wait_are_refused(folder: Folder) -> None:
    accounts = folder.accounts(waiting=0)

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(accounts.vouch("u1", "p1"))
            await asyncio.sleep(0)
            with pytest.raises(SignInBusy):
                await accounts.vouch("u1", "p1")
        assert first.result() is not None

    asyncio.run(both())


@pytest.mark.parametrize("text", ["u1\n", None])
def test_a_gate_does_not_start_without_a_good_file(folder: Folder, text: str | None) -> None:
    folder.path.unlink()
    if text is not None:
        folder.path.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        folder.accounts()
    assert str(folder.path) in raised.value.mistakes[0]
