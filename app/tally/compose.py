"""Builds the concrete parts for the window and for scripts. The rooms below know only each other's promises.

What is heavy (httpx, keyring, SQLite's file) is imported and opened inside the functions, which run on the loop's
thread after the window is painted.
"""

import logging
import os
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tally import __version__
from tally.assets import resource_path
from tally.core.catalog import Catalog
from tally.core.failures import ChatError, StoreError
from tally.core.settings import Settings
from tally.storage.paths import Paths, find_paths, make_folders
from tally.storage.settings_file import SettingsFile

if TYPE_CHECKING:
    from tally.core.ports import ChatProvider, LedgerEntry, Services
    from tally.demo.gateway import DemoGateway
    from tally.media.workshop import ImageWorkshop
    from tally.storage.database import Database
    from tally.storage.learned import LearnedFile
    from tally.storage.secrets import KeyringSecrets

log = logging.getLogger(__name__)

USER_AGENT = f"Tally/{__version__}"


class SystemClock:
    """`core.ports.Clock` by the system."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds of a clock that never steps."""
        return time.monotonic()

    def new_id(self) -> str:
        """32 random hex digits."""
        return os.urandom(16).hex()


def shipped_catalog() -> Catalog:
    """The table of models as it is shipped.

    Raises:
        CatalogError: the table cannot be used (a packaging fault).
    """
    return Catalog.from_table(tomllib.loads(resource_path("models.toml").read_text(encoding="utf-8")))


def catalog_for(settings: Settings) -> Catalog:
    """The shipped table with the user's prices and models, as far as they can be used."""
    catalog, problem = shipped_catalog().merged(settings.prices, settings.models)
    if problem:
        log.warning("a model of the user's cannot be used: %s", problem)
    return catalog


@dataclass(frozen=True, slots=True)
class ScriptParts:
    """What `tally ask` needs.

    Attributes:
        settings: the user's.
        catalog: with the user's prices and models.
        provider: the real gateway.
        record: books calls in the ledger; returns what went wrong in one sentence, empty when nothing did.
    """

    settings: Settings
    catalog: Catalog
    provider: "ChatProvider"
    record: "Callable[[Sequence[LedgerEntry]], Awaitable[str]]"


@asynccontextmanager
async def scripting(environ: Mapping[str, str]) -> AsyncIterator[ScriptParts]:
    """The parts for a script, closed at the end of the block. A disk that refuses does not stand in the way."""
    from tally.gateway.provider import GatewayProvider  # noqa: PLC0415  not paid for before it is needed
    from tally.storage.learned import LearnedFile  # noqa: PLC0415
    from tally.storage.secrets import KeyringSecrets  # noqa: PLC0415

    clock = SystemClock()
    paths = find_paths(environ)
    problem = ""
    try:
        make_folders(paths)
    except StoreError as error:
        problem = error.failure.message
    settings, _ = SettingsFile(paths.settings).load()
    secrets = KeyringSecrets(environ)
    learned = LearnedFile(paths.learned, clock.now_ms)
    provider = GatewayProvider(secrets, learned, clock, user_agent=USER_AGENT)

    async def record(entries: "Sequence[LedgerEntry]") -> str:
        return problem or (await _record(paths, entries) if entries else "")

    try:
        yield ScriptParts(settings, catalog_for(settings), provider, record)
    finally:
        await provider.close()
        learned.close()
        secrets.close()


async def _record(paths: Paths, entries: "Sequence[LedgerEntry]") -> str:
    from tally.storage.database import Database  # noqa: PLC0415  only when there is something to book
    from tally.storage.ledger import SqliteLedger  # noqa: PLC0415

    try:
        database = Database.open(paths.database, owner=False)
        try:
            await SqliteLedger(database).record(entries)
        finally:
            database.close()
    except ChatError as error:
        return error.failure.message
    return ""


class WindowParts:
    """Builds and closes what the window uses; both run on the loop's thread.

    Args:
        paths: where things are kept; the folders exist and the instance lock is held.
        settings_file: written by `Services.save_settings`.
        settings: for the catalog that crash recovery prices with.
        environ: the process's environment.
        demo_speed: factor of the demo gateway's speed.
    """

    def __init__(
        self,
        paths: Paths,
        settings_file: SettingsFile,
        settings: Settings,
        environ: Mapping[str, str],
        demo_speed: float = 1.0,
    ) -> None:
        self._paths = paths
        self._settings_file = settings_file
        self._settings = settings
        self._environ = environ
        self._demo_speed = demo_speed
        self._database: Database | None = None
        self._secrets: KeyringSecrets | None = None
        self._workshop: ImageWorkshop | None = None
        self._learned: LearnedFile | None = None
        self._demo: DemoGateway | None = None
        self._demo_url = ""

    async def build(self) -> "Services":
        """Opens the database, closes what a crash left open, makes the provider.

        Raises:
            StoreError: the database would not open; every later request reports it.
        """
        import asyncio  # noqa: PLC0415  this runs on the loop's thread

        from tally.core.estimate import text_tokens  # noqa: PLC0415  all of this after the first paint
        from tally.core.ports import Services  # noqa: PLC0415
        from tally.gateway.provider import GatewayProvider  # noqa: PLC0415
        from tally.media.workshop import ImageWorkshop  # noqa: PLC0415
        from tally.storage.database import Database  # noqa: PLC0415
        from tally.storage.history import SqliteHistory  # noqa: PLC0415
        from tally.storage.learned import LearnedFile  # noqa: PLC0415
        from tally.storage.ledger import SqliteLedger  # noqa: PLC0415
        from tally.storage.secrets import KeyringSecrets  # noqa: PLC0415

        catalog = catalog_for(self._settings)
        clock = SystemClock()
        self._database = await asyncio.to_thread(Database.open, self._paths.database, owner=True)
        history = SqliteHistory(self._database, lambda text, model: text_tokens(text, catalog.find(model).tokenizer))
        await history.recover()
        self._secrets = KeyringSecrets(self._environ)
        self._learned = LearnedFile(self._paths.learned, clock.now_ms)
        self._workshop = ImageWorkshop(history.attachment)
        writing, starting = asyncio.Lock(), asyncio.Lock()

        async def save_settings(settings: Settings) -> None:
            async with writing:
                await asyncio.to_thread(self._settings_file.save, settings)

        async def start_demo() -> str:
            async with starting:
                return await self._start_demo()

        return Services(
            provider=GatewayProvider(self._secrets, self._learned, clock, user_agent=USER_AGENT),
            history=history,
            ledger=SqliteLedger(self._database),
            secrets=self._secrets,
            images=self._workshop,
            learnings=self._learned,
            clock=clock,
            save_settings=save_settings,
            start_demo=start_demo,
            notice=self._database.notice,
        )

    async def _start_demo(self) -> str:
        from tally.demo import DEMO_KEY, DemoGateway  # noqa: PLC0415  only for those who try it

        if self._demo is None and self._secrets is not None:
            demo = DemoGateway(self._demo_speed)
            self._demo_url = await demo.start()
            await self._secrets.put(self._demo_url, DEMO_KEY, persist=False)
            self._demo = demo
        return self._demo_url

    async def close(self, services: "Services") -> None:
        """Ends everything `build` began, in reverse order."""
        await services.provider.close()
        if self._demo is not None:
            await self._demo.stop()
        if self._workshop is not None:
            self._workshop.close()
        if self._learned is not None:
            self._learned.close()
        if self._secrets is not None:
            self._secrets.close()
        if self._database is not None:
            self._database.close()
