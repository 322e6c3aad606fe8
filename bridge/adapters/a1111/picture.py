"""A picture of a request, out of its base64."""

from __future__ import annotations

from bridge.adapters.fields import ADDRESS_PATTERN, decoded
from bridge.core.errors import BadRequest
from bridge.core.job import Upload


def picture(text: str, field: str) -> Upload:
    """A picture of a request, out of its base64. Raises BadRequest, also for an address: nothing is fetched here."""
    if ADDRESS_PATTERN.match(text):
        raise BadRequest(f"Requests not allowed: {field} is an address.", field=field, hint="Send the picture itself.")
    return Upload(decoded(text, field), field)
