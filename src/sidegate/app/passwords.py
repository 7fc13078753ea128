"""The parts of signing in with a name and a password, where there is a file of users."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, Final

from sidegate.app.account import naming
from sidegate.app.observation import Observation
from sidegate.config.settings import Settings
from sidegate.core.ports import Clock
from sidegate.frontends.basic_auth import BasicAuth
from sidegate.login.failure import Failures
from sidegate.login.form_token import FormTokens
from sidegate.login.password_check import PasswordCheck
from sidegate.login.password_form import PasswordForm
from sidegate.login.password_sign_in import PasswordSignIn
from sidegate.login.ports import Rules, SessionStore
from sidegate.login.sign_in_page import ByPassword, FormToken
from sidegate.net.workers import Workers
from sidegate.stores.accounts import Accounts
from sidegate.stores.visitors import Visitors

HASHING_THREADS: Final = 2
"""How many passwords are compared at once: each may take a core and 64 MB for a while."""

HASHING_LINE: Final = 32
"""How many more may wait for that; the next one is told to come again."""


class PasswordParts:
    """What knows the users, and the two ways to bring a password.

    `spawn` starts a task whose parent is the gate, not a request. Raises ConfigurationError when
    the file cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        observation: Observation,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]],
    ) -> None:
        self._settings = settings
        self._on_event = on_event = observation.sign_in
        self.accounts = Accounts(
            settings.password.htpasswd_file,
            settings.password.htpasswd_user_groups,
            workers=Workers(HASHING_THREADS, HASHING_LINE),
        )
        self._check = PasswordCheck(
            settings.password,
            accounts=self.accounts,
            clock=clock,
            randomness=os.urandom,
            on_event=on_event,
            name_device=naming(settings),
        )
        self.basic_auth = BasicAuth(
            self._check,
            self.accounts,
            clock=clock,
            randomness=os.urandom,
            spawn=spawn,
            on_event=on_event,
        )

    def for_page(
        self, sessions: SessionStore, rules: Rules, failures: Failures, tokens: FormTokens
    ) -> tuple[ByPassword, FormToken | None]:
        """Return what answers a form, and what makes its token where the form is shown."""
        form = PasswordForm(visitors=Visitors(self._settings.cookie, os.urandom), tokens=tokens)
        sign_in = PasswordSignIn(
            check=self._check,
            form=form,
            sessions=sessions,
            rules=rules,
            failures=failures,
            cookie_expire=self._settings.cookie.cookie_expire,
            on_event=self._on_event,
        )
        is_shown = self._settings.password.display_htpasswd_form
        return sign_in.answer, form.token if is_shown else None
