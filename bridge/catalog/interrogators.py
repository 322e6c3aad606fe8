"""Interrogators, models that describe a picture in words: clients' names for them, and how to install them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.catalog.models import Catalog, named, stem
from bridge.core.errors import JobFailed, MissingParts, Unavailable, UnknownName
from bridge.core.job import Job, JobState
from bridge.core.job_error import failure_of

MODE, OUTPUT = "interrogate", "caption"  # the workflow, and its output with the words
TAGGER, CAPTIONER = "a WD14 tagger", "a BLIP model"
# A1111's two words for them, and other programs' words.
KIND_BY_NAME = {
    **dict.fromkeys(("clip", "blip"), CAPTIONER),
    **dict.fromkeys(("deepdanbooru", "deepbooru", "wd14", "tagger"), TAGGER),
}
TO_GET = {
    TAGGER: "Run `pixart models get interrogate`, or put NAME.onnx and NAME.csv, or a folder with model.onnx and "
    "selected_tags.csv, into ComfyUI's models/interrogators; and install onnxruntime with ComfyUI's own Python "
    "(pip install onnxruntime).",
    CAPTIONER: "Put the folder of one (config.json, preprocessor_config.json, the tokenizer's files and "
    "model.safetensors, such as Salesforce/blip-image-captioning-base has) into ComfyUI's models/blip.",
}


def require_known(catalog: Catalog) -> None:
    """Raise Unavailable while ComfyUI's models are unknown."""
    if not catalog.live:
        raise Unavailable("ComfyUI doesn't answer, so it isn't known what can look at pictures.")


def kind_of(file: str) -> str:
    """A model's kind, by its file's name."""
    return TAGGER if file.lower().endswith(".onnx") else CAPTIONER


def display_name(file: str) -> str:
    """A model's name for people: that of the folder of its own, if the model has one, else its file without ending."""
    folder, _, name = file.replace("\\", "/").rpartition("/")
    own = stem(name) in ("model", "pytorch_model") or name.endswith(".index.json")
    return folder.rpartition("/")[2] if folder and own else stem(file)


def model_of(name: str, catalog: Catalog, field: str = "model") -> str | None:
    """The file of a kind, or of a name. None without any model, of which the workflow's own check tells the caller.

    Raises MissingParts for a kind without a file, UnknownName for a name of no file.
    """
    files, kind = catalog.interrogators, KIND_BY_NAME.get(name.lower())
    if kind is None:
        by_name = {display_name(file).lower(): file for file in files}
        result = by_name.get(name.lower()) or named(name, files)
        if result is None:
            raise UnknownName(name, [*KIND_BY_NAME, *map(display_name, files)], what="Interrogator", field=field)
        return result
    fitting = [file for file in files if kind_of(file) == kind]
    if files and not fitting:
        other = next(word for word, what in KIND_BY_NAME.items() if what == kind_of(files[0]))
        hint = f"{TO_GET[kind]} Or ask for {other!r}, which is here."
        raise MissingParts(f"{field} {name!r} needs {kind}, and there is none.", field=field, hint=hint)
    return fitting[0] if fitting else None


def any_of(catalog: Catalog) -> str | None:
    """A tagger's file, else another model's; None without any."""
    return next(iter(sorted(catalog.interrogators, key=lambda file: kind_of(file) != TAGGER)), None)


def report_of(job: Job) -> Mapping[str, Any]:
    """The report of the node that described the picture. Raises JobFailed for a job without one."""
    caption = job.first(OUTPUT)
    if job.state is JobState.FAILED:
        raise failure_of(job)
    if caption is None:
        raise JobFailed("It was interrupted.")
    return caption.info
