"""How pixel art shall look, in the Pixart editor's fields, which every dialect has.

The Pixart editor's own requests have these fields at their top; all others have one object for them, `pixart`, which
is read by the same code, so that the same look gives the same pixels whoever is asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from bridge.adapters.fields import hex_color, ignored, no_list_of_colors, placed, sentence, shown, validated
from bridge.adapters.picture_fields import (
    BACKGROUND_FIELDS,
    FINISH_FIELDS,
    LONGEST,
    MODE_BY_TRAITS,
    MOST_COLORS,
    PALETTE_LOST,
    STRETCH,
    TUNING_FIELDS,
    Fit,
    Ground,
    Proportion,
    RemovedGround,
    Switch,
    Tuning,
    extracted,
    finish_answer,
    ground_answer,
    proportion,
    undrawn,
    with_finish,
)
from bridge.core.errors import BadRequest, UnknownName
from bridge.core.job import OWN_WORDS, Job, JobSpec

MOST_LISTED = 4096  # entries, repetitions included, that are looked at

# What the editor sends when the user chose no palette and its prompt has none of the words it knows.
NO_WISH = ("#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff")

AUTO = "auto"  # the method and the dither that suit the picture
FIELD = "pixart"  # the field of other dialects' requests, and of their answers
ALPHA_THRESHOLD = 0.25  # a stroke that covers a quarter of a pixel shows; at a half, thin lines break
PIXEL_ART = {  # modes that a dialect chooses by itself -> the ones that draw the same as pixel art
    "sketch": "sketch",
    "txt2img": "txt2img_pixel",
    "img2img": "img2img_pixel",
    "aleaart": "aleaart",
}
OF_PICTURES = ("fit", "paper", "redraw", "animation", "snap")  # fields that say what becomes of a picture that is sent
WORKFLOW_FIELDS = ("paper", "redraw", "animation")  # those of them that choose the workflow


def listed_colors(palette: Any, *, literal: bool) -> list[str]:
    """The caller's colours as `rrggbb`, as `in_places` has them; empty when there is no wish."""
    if palette in (None, []):
        return []
    if not isinstance(palette, list):
        raise BadRequest(f"{no_list_of_colors(palette, 'colorPalette ')}.", field="colorPalette")
    if len(palette) > MOST_LISTED:
        raise _miscounted(f"{len(palette)} entries")
    colors = colors_of(palette)
    if not 2 <= len(set(colors)) <= MOST_COLORS:
        raise _miscounted("one colour only" if len(set(colors)) == 1 else f"{len(set(colors))} different colours")
    colors = in_places(colors)
    return [] if not literal and tuple(f"#{color}" for color in colors) == NO_WISH else colors


def in_places(colors: list[str]) -> list[str]:
    """The colours, repeated ones too, so that their indices stay the caller's; each colour once where all of them are
    more than a PNG can hold."""
    return colors if len(colors) <= MOST_COLORS else list(dict.fromkeys(colors))


def _miscounted(what: str) -> BadRequest:
    hint = f"Give 2 to {MOST_COLORS} colours, or leave it out for the style's own."
    return BadRequest(f"colorPalette has {what}.", field="colorPalette", hint=hint)


def colors_of(palette: list[Any]) -> list[str]:
    """The colours of `colorPalette` as `rrggbb`. Raises BadRequest naming the first entry that is none."""
    return [_color(text, place) for place, text in enumerate(palette)]


def _color(text: Any, place: int) -> str:
    try:
        return hex_color(text)
    except ValueError as error:
        field = f"colorPalette[{place}]"
        raise BadRequest(sentence(f"{field} {error}"), field=field) from error


@dataclass(frozen=True)
class Style:
    """One of the editor's styles, as inputs of the workflow. Contrast is applied before the palette, never after.

    `method` and `dither` are those of photographs; what suits anything else, the workflow finds by looking. Above 0,
    `own_colors` of the picture's own take the palette's place where the request names no colours.
    """

    palette: str
    dither: str
    strength: float
    method: str
    contrast: float
    wording: str
    own_colors: int = 0


HALF_STRENGTH = 0.5  # of the error is passed on: at a sprite's size, all of it is noise
STYLES = {
    "retro-8bit": Style(
        "pixart-8", "floyd-steinberg", HALF_STRENGTH, "k-centroid", 1.3, "8-bit style, few colors, bold shapes"
    ),
    "retro-16bit": Style("pico-8", "floyd-steinberg", HALF_STRENGTH, "k-centroid", 1.2, "16-bit style, vibrant colors"),
    "pixel-modern": Style("pixart-32", "none", 0.0, "box", 1.0, "modern pixel art, clean shading, vibrant colors"),
    "low-res": Style(
        "pixart-4", "floyd-steinberg", HALF_STRENGTH, "k-centroid", 1.5, "monochrome handheld style, high contrast"
    ),
    "high-detail": Style("pixart-64", "none", 0.0, "box", 1.1, "highly detailed, rich colors", own_colors=64),
}
DEFAULT_STYLE = "pixel-modern"
PAPER_METHOD = "contrast"  # a photo of paper is made of lines thinner than a pixel, which the styles' methods lose


def own_palette(style: Style) -> dict[str, Any]:
    """The inputs by which a style takes colours of the picture's own, where the request names none."""
    return {"own_colors": style.own_colors, "contrast": 1.0} if style.own_colors else {}  # they fit: no more is needed


def fixed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values for a workflow that doesn't look at the picture first: everything is treated as a photograph."""
    renamed = {"photo_method": "method", "photo_dither": "dither"}
    return {renamed.get(name, name): value for name, value in values.items()}


class LookOptions(BaseModel):
    """What the operator may set for the looks of all dialects."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    literal_default_palette: bool = Field(
        False,
        validation_alias=AliasChoices("PIXART_LITERAL_DEFAULT_PALETTE"),
        description="obey the editor's five-colour default list instead of reading it as no wish",
    )
    high_detail_cube: bool = Field(
        False,
        validation_alias=AliasChoices("PIXART_HIGH_DETAIL_CUBE"),
        description="draw the style high-detail in the editor's own 64 colours, a cube of 4 x 4 x 4, instead of 64 of "
        "the picture's own",
    )


class Styling(Tuning, Ground):
    """A style, and what is chosen beside it; absent is what the Pixart editor's requests have without it."""

    model_config = ConfigDict(extra="allow")

    fit: Fit = Field(
        None,
        description="where the sketch's shape differs: `stretch`, `crop` the edges, `pad` with transparency, or "
        "`longest`: its own shape, its longest side as asked; absent: stretch, which `stretched` of the answer says",
    )
    style: Any = Field(
        None,
        description=f"palette, dither and contrast; absent: {DEFAULT_STYLE}",
        examples=["retro-16bit"],
        json_schema_extra={"type": ["string", "null"], "enum": [*STYLES, None]},
    )
    colorPalette: Any = Field(
        None,
        description=f"2 to {MOST_COLORS} colours, hex or by name; absent, empty, or the editor's five-colour default: "
        "the style's",
        json_schema_extra={"type": ["array", "null"], "items": {"type": "string"}, "maxItems": MOST_COLORS},
    )
    paper: Switch = Field(
        None, description="true: the sketch is a photo of a drawing on paper, of which the ink alone is taken"
    )


class Styled(BaseModel):
    """What the requests of other dialects have beside their own fields."""

    pixart: Styling | None = Field(
        None,
        description="makes it pixel art: an object with the fields by which the Pixart editor's requests say its look",
        examples=[None],
    )


class Appraisal(BaseModel):
    """The kind of picture that a sketch, or a model's drawing of it, was taken for, why, and what that decided."""

    kind: str = Field(description="pixel art, false pixel art, line art, flat or photograph", examples=["line art"])
    reason: str = Field(description="the figures that this hangs on")
    method: str = Field(description="how it was made small", examples=["line-art"])
    dither: str = Field(description="how it was dithered", examples=["none"])


class Outcome(BaseModel):
    """What became of a look."""

    stretched: float | None = Field(
        None, description="how many times too wide or too high the sketch became; absent: it kept its shape"
    )
    look: Appraisal | None = Field(None, description="absent where nothing was looked at, as with `paper`")
    background: RemovedGround | None = Field(None, description="absent: the ground stayed")
    snap: str | None = Field(None, description="how each pixel of its grid got its colour; absent: nothing was snapped")
    clean: int | None = Field(None, description="pixels of the largest stray cluster; absent: nothing was cleaned")
    outline: str | None = Field(None, description="its colour as it was asked for; absent: none was drawn")


class Facts(Outcome):
    """What became of a look, with the number of colours, in an answer that tells the rest of the picture elsewhere."""

    colorsUsed: int | None = Field(None, description="distinct opaque colours of all frames; absent: nobody counted")


class About(BaseModel):
    """What the answers of other dialects have beside their own fields."""

    pixart: Facts | None = Field(None, description="what became of the request's `pixart`")


def look_of(body: Any) -> Styling | None:
    """The look of a body that nothing else has checked. Raises BadRequest naming the field in it."""
    return validated(Styled, {FIELD: body.get(FIELD)}).pixart if isinstance(body, dict) else None


def workflow_of(look: Styling | None, named: str | None, *, picture: bool) -> str | None:
    """The workflow that a request names, or is read as if it did: the one by which its picture itself becomes pixel art
    where no model may draw it anew."""
    if named or look is None or not picture or look.is_redrawn:
        return named or None
    return look.mode(paper=bool(look.paper))


def styled(
    spec: JobSpec, look: Styling | None, options: LookOptions, *, named: str | None = None, at: str = f"{FIELD}."
) -> JobSpec:
    """The job with this look, whose fields are called `at` and their name; without one as it is.

    `named` is the workflow that the request names, or is read as if it did. Raises BadRequest, UnknownName too.
    """
    if look is None:
        return spec
    mode, look, notes = _drawn(spec, look, named, at)
    shape, paper = _shape(spec, look, at), bool(look.paper)
    style, chosen = _style(look, at), look.chosen
    values = {**spec.values, **_of_style(style, look, options, at)}
    values |= {} if shape is None else _sized(shape, look, at)
    if "prompt" in values:
        values[OWN_WORDS] = str(values["prompt"] or "")
        parts = ("pixel art", values[OWN_WORDS].strip(), style.wording)
        values["prompt"] = ", ".join(part for part in parts if part)
    if paper:
        values = fixed(values) | {"method": PAPER_METHOD}
    if look.dither and not style.strength:
        values["strength"] = 1.0  # the style has none, which a dither of one's own must not come to nothing by
    values, said = extracted(look, {**values, **chosen, **look.ground}, _unused_colors(look, values))
    try:
        values, said = with_finish(look, values, said, paper=paper)
    except BadRequest as error:
        raise placed(error, at) from error
    values.pop("generation_side", None)  # a model draws as large as it can, whatever few pixels that becomes
    if look.animation:
        values["format"] = look.animation
    said = tuple(at + note for note in said)
    if not look.is_redrawn and mode.partition("@")[0] == look.mode(paper=paper):
        words = {"negative": spec.words.get("negative", "negative"), "paper": f"{at}paper", "redraw": f"{at}redraw"}
        values, said = undrawn(look, values, said, words, paper=paper)
        if "snap" in values and "width" not in values:
            values["divisor"] = 1  # as many pixels as its grid has
    shape_echo = (
        {} if shape is None or paper else shape.echo or {}
    )  # of a photo only the page is drawn, in its own shape
    return replace(
        spec,
        mode=mode,
        values=values,
        words={**spec.words, **_words(look, chosen, at)},
        notes=(*spec.notes, *notes, *ignored(look.model_extra or {}, type(look), at), *said),
        loose=spec.loose or bool(at),
        cacheable=spec.cacheable or "seed" not in values,
        echo={**(spec.echo or {}), FIELD: shape_echo} if at else shape_echo or None,
    )


def _unused_colors(look: Styling, values: Mapping[str, Any]) -> tuple[str, ...]:
    """A note for each palette of the look whose place other colours take."""
    if look.ownColors:
        names = [name for name in ("colorPalette", "palette") if getattr(look, name)]
        return tuple(f"{name} made no difference: ownColors takes the picture's own colours." for name in names)
    return (PALETTE_LOST,) if look.palette and "colors" in values else ()


def _drawn(spec: JobSpec, look: Styling, named: str | None, at: str) -> tuple[str, Styling, tuple[str, ...]]:
    """The mode that draws, the look without what can't be obeyed in it, and a note on that."""
    alone = "image" in spec.pictures and spec.pictures.keys().isdisjoint(("mask", "style"))
    idle = OF_PICTURES if not alone else WORKFLOW_FIELDS if named else ()
    lost = [name for name in idle if getattr(look, name) is not None]
    if named and look.mode(paper=bool(look.paper)) == named.partition("@")[0]:
        lost = [name for name in lost if name not in WORKFLOW_FIELDS]
    why = "it is for a picture alone" if not alone else f"the workflow that is named, {named}, decides that"
    notes = tuple(f"{at}{name} was left out: {why}." for name in lost)
    look = look.model_copy(update=dict.fromkeys(lost))
    if named:
        return named, look, notes
    chosen = look.mode(paper=bool(look.paper))
    if chosen != MODE_BY_TRAITS[True, False]:
        return chosen, look, notes
    if spec.mode not in PIXEL_ART:
        hint = "Leave it out, or name a `workflow` that does, such as img2img_pixel."
        raise BadRequest(f"{at[:-1]}: {spec.mode} makes no pixel art.", field=at[:-1], hint=hint)
    return PIXEL_ART[spec.mode], look, notes


def _style(look: Styling, at: str) -> Style:
    name = DEFAULT_STYLE if look.style is None else look.style
    if not isinstance(name, str) or name not in STYLES:
        word = name if isinstance(name, str) else shown(name)
        raise placed(UnknownName(word, STYLES, what="Style", field="style"), at)
    return STYLES[name]


def _of_style(style: Style, look: Styling, options: LookOptions, at: str) -> dict[str, Any]:
    """The workflow's inputs that the style, or a list of colours in its place, sets."""
    try:
        colors = listed_colors(look.colorPalette, literal=options.literal_default_palette)
    except BadRequest as error:
        raise placed(error, at) from error
    values = {
        "palette": style.palette,
        "photo_dither": style.dither,
        "strength": style.strength,
        "photo_method": style.method,
        "contrast": style.contrast,
        "alpha_threshold": ALPHA_THRESHOLD,
    }
    if colors:
        return {**values, "colors": " ".join(colors)}
    return values if look.palette or options.high_detail_cube else values | own_palette(style)


def _shape(spec: JobSpec, look: Styling, at: str) -> Proportion | None:
    """How the picture comes to the size that is asked; None where there is no picture, or the workflow has the size."""
    picture, width, height = spec.pictures.get("image"), spec.values.get("width"), spec.values.get("height")
    if picture is None or width is None or height is None:
        if look.fit == LONGEST:
            hint = "Send both."
            raise BadRequest(f"{at}fit {LONGEST!r} needs width and height.", field=f"{at}fit", hint=hint)
        return None if look.fit is None else Proportion(0, 0, look.fit)
    own = spec.values.get("fit")  # the dialect's own word for it, where the look has none
    return proportion(picture.data, width, height, look.fit or (own if own != STRETCH else None))


def _sized(shape: Proportion, look: Styling, at: str) -> dict[str, Any]:
    """The workflow's inputs for size and fit; a stretch is one of them where the workflow might fit otherwise."""
    size = {"width": shape.width, "height": shape.height} if shape.width else {}
    return {**size, "fit": shape.fit} if look.fit and (at or shape.fit != STRETCH) else size


def _words(look: Styling, chosen: Collection[str], at: str) -> dict[str, str]:
    """Workflow inputs in the caller's words, for errors; `chosen` are those that the look sets."""
    style = ("palette", "own_colors", "dither", "strength", "method", "contrast", "alpha_threshold")
    words = dict.fromkeys((*style, "photo_dither", "photo_method"), "style")
    words |= {
        "colors": "colorPalette",
        "format": "animation",
        **{name: field for field, name in BACKGROUND_FIELDS.items()},
    }
    words |= {name: field for field, name in TUNING_FIELDS.items() if name in chosen}
    words |= {field: field for field in FINISH_FIELDS}
    words |= {"fit": "fit"} if look.fit else {}
    return {name: f"{at}{field}" for name, field in words.items()}


def facts(job: Job, info: Mapping[str, Any]) -> dict[str, Any]:
    """What an answer says of a job's picture with a look, by the report of its node, `info`."""
    used = {"colorsUsed": info["colors_used"]} if "colors_used" in info else {}
    return {**used, **_look_answer(job, info.get("look")), **ground_answer(job.values), **finish_answer(job.values)}


def _look_answer(job: Job, look: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the picture was taken for, with the method and the dither that drew it: the request's go before its own."""
    own = job.used or job.values
    chosen = {name: own[name] for name in ("method", "dither") if own.get(name) not in (None, AUTO)}
    return {"look": {**look, **chosen}} if look else {}


def about(job: Job) -> dict[str, Any]:
    """What the answers of other dialects say of the look; nothing for a request that has none."""
    look, artifact = (job.echo or {}).get(FIELD), job.first()
    return {} if look is None or artifact is None else {FIELD: {**facts(job, artifact.info), **look}}
