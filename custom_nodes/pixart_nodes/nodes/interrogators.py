"""The models that say what a picture shows: where they lie, and the one that is kept loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import folder_paths

from ..errors import InterrogatorError
from ..interrogate import tags
from ..interrogate.captioner import Captioner
from ..interrogate.models import Interrogator, find
from ..interrogate.tagger import Tagger
from ..pixel.errors import require

KINDS = ("interrogators", "taggers", "blip", "BLIP")  # folders below ComfyUI's models, and names in extra_model_paths
OTHERS = "wd14_tagger"  # the folder of ComfyUI-WD14-Tagger, which looks elsewhere as soon as somebody registers it
OTHERS_PACK = "wd14-tagger"  # in its own folder's name, where it keeps models unless it was told otherwise

for kind in KINDS:
    folder_paths.add_model_folder_path(kind, str(Path(folder_paths.models_dir, kind)))


def there() -> dict[str, Interrogator]:
    """Every model by its file's name."""
    return find(_folders())


def _folders() -> Iterator[Path]:
    for name in KINDS:
        yield from map(Path, folder_paths.get_folder_paths(name))
    entry = folder_paths.folder_names_and_paths.get(OTHERS)
    yield from map(Path, entry[0] if entry else ())
    yield Path(folder_paths.models_dir, OTHERS)
    for place in folder_paths.get_folder_paths("custom_nodes"):
        yield from (each / "models" for each in sorted(Path(place).glob("*")) if OTHERS_PACK in each.name.lower())


def chosen(name: str) -> Interrogator:
    """The model of that name. Raises UnknownName, and InterrogatorError where there is none at all."""
    models = there()
    if not models:
        raise InterrogatorError(
            "There is no model that says what a picture shows. Put a WD14 tagger (NAME.onnx and NAME.csv, or a folder "
            "with model.onnx and selected_tags.csv) or the folder of a BLIP model into ComfyUI's models/interrogators."
        )
    require(name, models, what="Interrogator")
    return models[name]


class Resident:
    """The model that was asked for last, kept until another one is asked for or its file has changed."""

    def __init__(self) -> None:
        self._key: tuple[str, int] | None = None
        self._held: Any = None

    def scores(self, model: Interrogator, rgb: Any) -> tuple[tuple[tags.Tag, ...], Any]:
        """A tagger's tags, and how sure it is of each in a picture. Raises InterrogatorError and NotInstalled."""
        all_tags, tagger = self._network(model)
        return all_tags, tagger.scores(rgb)

    def captioner(self, model: Interrogator) -> Captioner:
        """The captioner. Raises as `scores` does."""
        return self._network(model)

    def _network(self, model: Interrogator) -> Any:
        key = str(model.path), model.path.stat().st_mtime_ns
        if key != self._key:
            self._key = self._held = None  # so that there are never two in memory
            self._held, self._key = _loaded(model), key
        return self._held


def _loaded(model: Interrogator) -> Any:
    if model.tags is None:
        return Captioner(model.path)
    all_tags = tags.read(model.tags)
    return all_tags, Tagger(model.path, len(all_tags))


RESIDENT = Resident()
