"""One process: what is opened, in which order, and how it ends without losing a request.

Rule 1: nothing is resolved or fetched before the listeners are open.
Rule 2: what can be wrong with the settings is found before the listeners are open.
Rule 3: a signal first makes the process unready, then, when traffic has gone elsewhere, ends it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sidegate import __version__
from sidegate.app.base import Base
from sidegate.app.config_file import ConfigFile
from sidegate.app.keys import Keys
from sidegate.app.observation import Observation
from sidegate.app.providers import collect, connect
from sidegate.app.reload import own_files
from sidegate.app.wiring import build
from sidegate.config.settings import Settings
from sidegate.core.errors import ConfigurationError, SidegateError
from sidegate.core.messages import Handler, Observer
from sidegate.core.ports import DiscoveredProvider, TokenVerifier
from sidegate.core.steps import as_step
from sidegate.frontends.health import Health
from sidegate.gate.trust import proxy_addresses
from sidegate.http1.head import HeadLimits
from sidegate.net.descriptors import connections_allowed, raise_limit
from sidegate.net.listen import Listener, drain, parse_address
from sidegate.net.persist import persist, repeat
from sidegate.net.pool import Pool, connector
from sidegate.net.room import Room
from sidegate.net.server_tls import Certificate
from sidegate.net.service import Refuse, Service, Timeouts
from sidegate.net.streams import Streams
from sidegate.net.sweeper import Sweeper
from sidegate.net.tasks import Tasks
from sidegate.net.watch import Watched, Watcher
from sidegate.observe.events import LogBridge
from sidegate.observe.health import providers_away, public_reasons, unready_reasons

if TYPE_CHECKING:
    from sidegate.app.shared_server import SharedServer
    from sidegate.app.tokens import ConnectedIssuer
    from sidegate.app.tracing import Tracing

_DISCOVERY = "discover provider"
_clock = time.time  # noqa: TID251 - where the real clock comes into a gate that runs


class Process:
    """A gate that runs in this process until a signal ends it."""

    def __init__(self, settings: Settings, config_file: ConfigFile | None = None) -> None:
        self._settings = settings
        self._config_file = config_file
        self._observation = Observation(settings, _clock)
        self._log = self._observation.log.named("app")
        self._loop = asyncio.get_running_loop()
        self._tasks = Tasks(lambda error: self._log.error("a task failed", error=error))
        self._sweeper = Sweeper(self._loop.time, self._tasks.report)
        self._streams = Streams(
            self._loop.time, _clock, self._tasks.spawn, settings.logout.websocket_recheck
        )
        self._sweeper.watch(self._streams)
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._is_draining = False
        self._descriptors = raise_limit()
        self._services: list[Service] = []
        self._listeners: list[Listener] = []
        self._metrics: list[Listener] = []
        self._shared: SharedServer | None = None
        self._issuers: list[ConnectedIssuer] = []
        self._tracing: Tracing | None = None

    async def run(self, warnings: list[str]) -> int:
        """Serve; return 0 after a clean end, 1 when an address or file cannot be used."""
        logging.getLogger().addHandler(LogBridge(self._observation.log.named("python")))
        try:
            self._build()
            for listener in self._listeners:
                await listener.open()
        except ConfigurationError as error:
            self._observation.close()
            sys.stderr.write("".join(f"{mistake}\n" for mistake in error.mistakes))
            return 1
        self._announce(warnings)
        self._observation.audit("gate_started", detail=f"sidegate {__version__}")
        for connected in self._connected:
            one = connected.provider
            self._tasks.spawn(self._stay_discovered(self._discover(one), one.id, one.discover))
        if self._shared is not None:
            self._shared.start(self._tasks.spawn)
            if self._metrics:
                self._tasks.spawn(self._shared.keep_counting(_clock))
        if self._tracing is not None:
            self._tracing.start(self._tasks.spawn)
        for issuer in (one.provider for one in self._issuers):
            first = self._discover_issuer(issuer.id, issuer.discover)
            self._tasks.spawn(self._stay_discovered(first, issuer.id, issuer.discover))
        self._sweeper.start(self._loop)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._signalled)
        if self._watcher:
            self._tasks.spawn(self._watcher.run())
        self._loop.add_signal_handler(signal.SIGHUP, self._reread)
        self._keep_files()
        gc.collect()
        gc.freeze()  # what was built lives as long as the process: never look at it again
        await self._stop.wait()
        return await self._end()

    def _build(self) -> None:
        """Make every part and the listeners, without opening anything."""
        settings = self._settings
        self._observation.open()
        self._connected = connect(settings, _clock)
        self._providers = collect(self._connected)
        keys = Keys(
            settings.cookie,
            monotonic=self._loop.time,
            later=self._loop.call_later,
            wall=_clock,
            on_sealing=self._observation.sealing,
            learn=self._observation.learn,
        )
        if settings.redis.session_store_type == "redis":
            from sidegate.app.shared_server import SharedServer

            self._shared = SharedServer(settings.redis, self._observation)
        health = Health(self._unready, lambda: providers_away(self._providers))
        base = Base(
            settings,
            self._observation,
            self._providers,
            _clock,
            self._tasks.spawn,
            health,
            keys.ring,
            self._streams,
            self._token_verifier(),
            shared=self._shared,
            config_file=self._config_file,
        )
        proxy, refusals = build(base)
        handler, observe = self._traced(proxy, self._observation.exchange)
        service = self._service(handler, refusals.error, observe)
        self._observation.metrics.in_flight = service.busy
        server, certificates = settings.server, _own_certificates(settings)
        tls = certificates["https"].context if "https" in certificates else None
        self._listeners = [
            Listener(parse_address(address), service, context)
            for address, context in ((server.http_address, None), (server.https_address, tls))
            if address
        ]
        learn = self._observation.learn
        own = own_files(keys, certificates.values(), self._connected, learn)
        self._watch([*base.watched, *own])
        if is_scraped(settings):
            self._let_scrape(service, keys, certificates, health)

    def _traced(self, handler: Handler, observe: Observer) -> tuple[Handler, Observer]:
        """Return both as they are, or with spans made of what they see."""
        target = self._settings.tracing.otlp
        if target is None:
            return handler, observe
        from sidegate.app.tracing import Tracing

        self._tracing = Tracing(self._settings, target, self._observation, _clock, self._loop.time)
        return self._tracing.around(handler, observe)

    def _let_scrape(
        self, service: Service, keys: Keys, certificates: dict[str, Certificate], health: Health
    ) -> None:
        """Collect what the parts know, and make the listeners that tell it."""
        # Late, at configuration time: 5 MB that a gate without these listeners does not need.
        from sidegate.app.measures import measures
        from sidegate.app.scrape import listeners

        metrics = self._observation.metrics
        metrics.measures += measures(
            service,
            [*self._connected, *self._issuers],
            keys,
            certificates,
            self._shared,
            self._unready,
        )
        self._metrics = list(
            listeners(
                self._settings,
                certificates.get("metrics"),
                metrics,
                health,
                lambda answer, refuse: self._service(answer, refuse, lambda _: None),
            )
        )
        self._listeners += self._metrics

    def _watch(self, watched: list[Watched]) -> None:
        for one in watched:
            self._observation.metrics.watch_file(one.name, _clock())
        self._watcher = Watcher(watched, self._observation.reloaded)

    def _token_verifier(self) -> TokenVerifier | None:
        """Make what verifies the tokens of programs, where an option asks for it."""
        settings = self._settings
        bearer = settings.bearer
        if not (bearer.skip_jwt_bearer_tokens or bearer.bearer_token_introspection):
            return None
        from sidegate.app.tokens import verifier

        tokens, self._issuers = verifier(settings, self._connected, _clock)
        return tokens

    def _service(self, handler: Handler, refuse: Refuse, observe: Observer) -> Service:
        settings = self._settings
        limits = settings.limits
        heads = HeadLimits(
            limits.limit_request_line,
            limits.limit_header_bytes,
            limits.limit_header_fields,
            limits.limit_pipelined_requests,
        )
        service = Service(
            handler=handler,
            refuse=refuse,
            observe=observe,
            pool=Pool(
                connector(*upstream_tls(settings)),
                self._sweeper,
                self._loop.time,
                keep_alive=not settings.upstream.disable_keep_alives,
            ),
            tasks=self._tasks,
            sweeper=self._sweeper,
            monotonic=self._loop.time,
            wall=_clock,
            streams=self._streams,
            limits=heads,
            timeouts=Timeouts(
                limits.header_timeout, limits.body_idle_timeout, limits.keepalive_timeout
            ),
            hsts=_hsts(settings.server.hsts_max_age),
            id_name=settings.trust.request_id_header.encode("ascii"),
            body_limit=limits.limit_body_bytes or sys.maxsize,
            room=self._room(),
            on_refused=self._observation.connection_refused,
        )
        service.pool.make_room = service.make_way
        self._services.append(service)
        return service

    def _room(self) -> Room:
        limits, proxies = self._settings.limits, proxy_addresses(self._settings.trust)
        return Room(
            connections_allowed(limits.limit_connections, self._descriptors),
            limits.limit_connections_per_address,
            lambda address: bool(address) and address not in proxies,
        )

    def _keep_files(self) -> None:
        """Have old files removed each day, where there are files."""
        logging_settings = self._settings.logging
        if not (logging_settings.logging_filename or logging_settings.audit_log_file):
            return
        from sidegate.app.retention import Retention, kept_files  # few gates write files

        files = kept_files(logging_settings, _clock)
        retention = Retention(
            files, _clock, lambda error: self._log.warning("old files stay", error=error)
        )
        self._tasks.spawn(retention.run())

    def _announce(self, warnings: list[str]) -> None:
        for warning in warnings:
            self._log.warning(warning)
        gates = [listener for listener in self._listeners if listener not in self._metrics]
        where = ", ".join(listener.where for listener in gates)
        self._log.info(f"sidegate {__version__} listens on {where}")
        for listener in self._metrics:
            self._log.info(f"metrics on {listener.where}")

    async def _discover(self, provider: DiscoveredProvider) -> None:
        def not_discovered(error: Exception, pause: float) -> None:
            what = f"nobody can sign in yet: the provider was not discovered ({provider.id})"
            self._not_discovered(error, pause, what)

        await persist(as_step(_DISCOVERY, provider.discover), not_discovered, os.urandom)
        self._log.info(f"the provider was discovered: people can sign in ({provider.id})")

    async def _discover_issuer(self, issuer: str, discover: Callable[[], Awaitable[None]]) -> None:
        def not_discovered(error: Exception, pause: float) -> None:
            self._not_discovered(error, pause, f"tokens of {issuer} are not accepted yet")

        await persist(as_step(_DISCOVERY, discover), not_discovered, os.urandom)
        self._log.info(f"tokens of {issuer} are accepted")

    async def _stay_discovered(
        self, first: Awaitable[None], who: str, discover: Callable[[], Awaitable[None]]
    ) -> None:
        """Discover, and notice within hours that an issuer moved; until then it is as it was."""
        await first

        def not_discovered(error: Exception, pause: float) -> None:
            self._not_discovered(error, pause, f"{who} was not asked anew, what was known serves")

        await repeat(as_step(_DISCOVERY, discover), not_discovered, os.urandom)

    def _not_discovered(self, error: Exception, pause: float, what: str) -> None:
        known = error if isinstance(error, SidegateError) else None
        self._log.warning(
            what,
            reason="internal_error" if known is None else known.code,
            detail=str(known or "") or type(error).__name__,
            next_try=f"{pause:.1f}s",
        )

    def _unready(self) -> list[str]:
        reasons = unready_reasons(
            draining=self._is_draining,
            providers=self._providers,
            store="" if self._shared is None else self._shared.unready_reason(),
        )
        return public_reasons(reasons)

    def _reread(self) -> None:
        self._log.info("told to look at all files again")
        self._tasks.spawn(self._watcher.look(at_once=True))

    def _signalled(self) -> None:
        """Begin to end; a second signal ends at once."""
        if self._stop.is_set():
            self._log.warning("second signal: ending at once")
            self._hurry.set()
            for service in self._services:
                for connection in tuple(service.connections):
                    connection.abort()
        self._stop.set()

    async def _send_last_spans(self) -> None:
        """Let the collector have what waits, unless somebody is in a hurry."""
        if self._tracing is None or self._hurry.is_set():
            return
        sent, hurried = map(self._tasks.spawn, (self._tracing.end(), self._hurry.wait()))
        await asyncio.wait({sent, hurried}, return_when=asyncio.FIRST_COMPLETED)

    async def _end(self) -> int:
        """Let traffic go elsewhere, finish what is under way, and close."""
        server = self._settings.server
        self._is_draining = True
        self._log.info("stopping: not ready any more", drain_delay=f"{server.drain_delay:g}s")
        for service in self._services:
            service.is_closing = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), server.drain_delay)
        for listener in self._listeners:
            listener.close()
        cut = [await drain(service, server.shutdown_timeout) for service in self._services]
        self._sweeper.stop()
        for service in self._services:
            service.pool.close()
        await self._send_last_spans()
        await self._tasks.cancel()
        if self._shared is not None:
            await self._shared.close()
        self._log.info("stopped", connections_cut=sum(cut))
        self._observation.audit("gate_stopped")
        self._observation.close()
        return 0


def _hsts(max_age: float) -> bytes:
    """Return the field line of RFC 6797, or nothing. Sub-domains are for others to decide."""
    return b"Strict-Transport-Security: max-age=%d\r\n" % max_age if max_age else b""


def is_scraped(settings: Settings) -> bool:
    """Say whether anybody may ask for metrics."""
    return bool(settings.metrics.metrics_address or settings.metrics.metrics_secure_address)


def _own_certificates(settings: Settings) -> dict[str, Certificate]:
    """Return the certificates of our own listeners, by what they are for."""
    server, metrics, found = settings.server, settings.metrics, {}
    if server.tls_cert_file:
        found["https"] = Certificate(
            server.tls_cert_file, server.tls_key_file, server.tls_min_version
        )
    if metrics.metrics_secure_address:
        found["metrics"] = Certificate(
            metrics.metrics_tls_cert_file,
            metrics.metrics_tls_key_file,
            server.tls_min_version,
            option="metrics_tls_cert_file",
        )
    return found


def upstream_tls(settings: Settings) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """Return (verifying, not verifying) contexts for https upstreams, as far as there are any.

    A context with the system's certificates costs a megabyte that most gates never need.
    """
    origins = [u.origin for u in settings.upstream.upstreams if u.origin is not None]
    secure = [origin for origin in origins if origin.scheme == "https"]
    verified = unverified = None
    if any(origin.verify for origin in secure):
        verified = ssl.create_default_context()
        verified.minimum_version = ssl.TLSVersion.TLSv1_2
    if any(not origin.verify for origin in secure):
        unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
    return verified, unverified
