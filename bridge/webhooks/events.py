"""The receivers of an ended job's event, by the settings."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from bridge.adapters import dialects
from bridge.core.errors import SettingsError
from bridge.core.settings import Settings
from bridge.storage.outbox import Letter
from bridge.storage.record import Record
from bridge.webhooks.message import job_path, keys_of, letters


def letters_of(settings: Settings) -> Callable[[Record], list[Letter]] | None:
    """A function that writes an ended job's letters; None without webhooks. Raises SettingsError for half a setting."""
    if settings.webhook_secret is None:
        if settings.webhook_url or settings.webhook_clients:
            name = "WEBHOOK_URL" if settings.webhook_url else "WEBHOOK_CLIENTS"
            raise SettingsError(f"{name} needs a WEBHOOK_SECRET.", hint="Receivers know by it that it was you.")
        return None
    try:
        keys_of(settings.webhook_secret)
    except ValueError as error:
        raise SettingsError(
            f"WEBHOOK_SECRET {error}.", hint="`echo whsec_$(openssl rand -base64 32)` makes one."
        ) from error
    paths = {name: job_path(each, mounted=not settings.profile) for name, each in dialects().items()}

    def write(record: Record) -> list[Letter]:
        path = paths.get(record.job.dialect)
        return letters(record, settings.webhook_url, path and path.replace("{id}", quote(record.job.id, safe="")))

    return write
