"""People's names of samplers and schedules, and ComfyUI's names for them: one table for all dialects. Pure.

Names and default schedules are those of AUTOMATIC1111's web UI 1.10 (`sd_samplers_*.py`, `sd_schedulers.py`), in its
order; ComfyUI's are those of `comfy/samplers.py` 0.3.75.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bridge.core.spelling import with_question


@dataclass(frozen=True)
class Sampler:
    """A sampler. `comfy` are ComfyUI's names for it, of which the first that a server has is taken.

    `own` is the schedule (a row of SCHEDULES) that "Automatic" means, `curve` ComfyUI's scheduler where there is no
    such row. `note` is a sentence for each use of a sampler for which ComfyUI has only something near.
    """

    name: str
    comfy: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    own: str = ""
    curve: str = "normal"
    note: str = ""


@dataclass(frozen=True)
class Schedule:
    """A noise schedule by name and label; `comfy` and `note` as a sampler's."""

    name: str
    label: str
    comfy: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Sampling:
    """A sampler with its schedule: `sampler` and `scheduler` as ComfyUI spells them, `name` and `schedule` for people.

    `is_known` is false for a request with an unknown sampler, `is_known_schedule` with an unknown schedule; `notes`
    say which was used instead of an unknown or missing one.
    """

    sampler: str
    scheduler: str
    name: str
    schedule: str
    is_known: bool = True
    is_known_schedule: bool = True
    notes: tuple[str, ...] = field(default=())


AUTOMATIC = "Automatic"
DEFAULT_SAMPLER = "DPM++ 2M"  # the first sampler, which A1111 silently takes for an unknown name

_RESTART = "ComfyUI has no Restart sampler; Heun was used."
_PLMS = "ComfyUI has no PLMS sampler; LMS was used."
_DDIM_CFG = "ComfyUI's nearest to DDIM CFG++ is euler_cfg_pp, which was used."

SAMPLERS = (
    Sampler("DPM++ 2M", ("dpmpp_2m",), ("k_dpmpp_2m",), "karras"),
    Sampler("DPM++ SDE", ("dpmpp_sde",), ("k_dpmpp_sde",), "karras"),
    Sampler("DPM++ 2M SDE", ("dpmpp_2m_sde",), ("k_dpmpp_2m_sde",), "exponential"),
    Sampler("DPM++ 2M SDE Heun", ("dpmpp_2m_sde_heun", "dpmpp_2m_sde"), ("k_dpmpp_2m_sde_heun",), "exponential"),
    Sampler("DPM++ 2S a", ("dpmpp_2s_ancestral",), ("k_dpmpp_2s_a", "DPM++ S2 a"), "karras"),
    Sampler("DPM++ 3M SDE", ("dpmpp_3m_sde", "dpmpp_2m_sde"), ("k_dpmpp_3m_sde",), "exponential"),
    Sampler("Euler a", ("euler_ancestral",), ("k_euler_a", "k_euler_ancestral")),
    Sampler("Euler", ("euler",), ("k_euler",)),
    Sampler("LMS", ("lms",), ("k_lms",)),
    Sampler("Heun", ("heun",), ("k_heun",)),
    Sampler("DPM2", ("dpm_2",), ("k_dpm_2",), "karras"),
    Sampler("DPM2 a", ("dpm_2_ancestral",), ("k_dpm_2_a",), "karras"),
    Sampler("DPM fast", ("dpm_fast",), ("k_dpm_fast",)),
    Sampler("DPM adaptive", ("dpm_adaptive",), ("k_dpm_ad",)),
    Sampler("Restart", ("heun",), ("restart",), "karras", note=_RESTART),
    Sampler("DDIM", ("ddim",), ("ddim",), curve="ddim_uniform"),
    Sampler("DDIM CFG++", ("euler_cfg_pp", "ddim"), ("ddim_cfgpp",), curve="ddim_uniform", note=_DDIM_CFG),
    Sampler("PLMS", ("lms",), ("plms",), note=_PLMS),
    Sampler("UniPC", ("uni_pc",), ("unipc",)),
    Sampler("LCM", ("lcm",), ("k_lcm",), curve="sgm_uniform"),
    Sampler("DDPM", ("ddpm",)),
    Sampler("HeunPP2", ("heunpp2",)),
    Sampler("IPNDM", ("ipndm",)),
    Sampler("IPNDM_V", ("ipndm_v",)),
    Sampler("DEIS", ("deis",)),
)

_ALIGNED = "Align Your Steps is no scheduler of ComfyUI's sampler; Karras was used."
_TURBO = "Turbo is no scheduler of ComfyUI's sampler; SGM Uniform was used."

SCHEDULES = (
    Schedule("automatic", AUTOMATIC, ()),
    Schedule("uniform", "Uniform", ("normal",)),
    Schedule("karras", "Karras", ("karras",), ("ka",)),
    Schedule("exponential", "Exponential", ("exponential",), ("exp",)),
    Schedule("polyexponential", "Polyexponential", ("exponential",)),  # the same curve at its only value, rho 1
    Schedule("sgm_uniform", "SGM Uniform", ("sgm_uniform",), ("SGMUniform",)),
    Schedule("kl_optimal", "KL Optimal", ("kl_optimal", "karras")),
    Schedule("align_your_steps", "Align Your Steps", ("karras",), note=_ALIGNED),
    Schedule("simple", "Simple", ("simple",)),
    Schedule("normal", "Normal", ("normal",)),
    Schedule("ddim", "DDIM", ("ddim_uniform",)),
    Schedule("beta", "Beta", ("beta", "normal")),
    Schedule("turbo", "Turbo", ("sgm_uniform",), note=_TURBO),
    Schedule("linear_quadratic", "Linear Quadratic", ("linear_quadratic", "normal")),
)


def resolve(
    name: str | None,
    scheduler: str | None = None,
    samplers: Sequence[str] = (),
    schedulers: Sequence[str] = (),
    default: str = DEFAULT_SAMPLER,
) -> Sampling:
    """A sampler and its schedule by any of their names, in any letter case, joined ("DPM++ 2M Karras") or apart.

    `samplers` and `schedulers` are those of ComfyUI; empty is all of the tables. No `name` is `default`, an unknown
    one too, with a note. A `scheduler` wins over one in the name, unless it is empty or "Automatic".
    """
    table, schedules = offered(samplers), offered_schedules(schedulers)
    result = _split(name or default, table, schedules)
    row, inner = result or _split(default, table, schedules) or (table[0], None)
    notes = (
        []
        if result
        else [_substitution_note("sampler", name or default, f"{row.name} was", [each.name for each in table])]
    )
    outer = _find(scheduler, schedules) if scheduler else None
    unknown = bool(scheduler) and outer is None
    if unknown:
        notes.append(
            _substitution_note("schedule", scheduler or "", "the sampler's own was", [each.label for each in schedules])
        )
    schedule = next((each for each in (outer, inner) if each and each.comfy), _by_name(row.own, schedules))
    chosen, notes_of_sampler = _first_of(row, samplers)
    curve, more = _first_of(schedule, schedulers) if schedule else _first_of(_curve(row), schedulers)
    label = schedule.label if schedule else AUTOMATIC
    return Sampling(chosen, curve, row.name, label, result is not None, not unknown, (*notes, *notes_of_sampler, *more))


def _substitution_note(what: str, name: str, substitute: str, names: Sequence[str]) -> str:
    """A note on an unknown name, and on the sampler or schedule that is used instead."""
    return with_question(f"There is no {what} {_short(name)}; {substitute} used.", name, names)


def offered(samplers: Sequence[str] = ()) -> tuple[Sampler, ...]:
    """The rows for a server with these samplers, and a row for each of its samplers that is not in the table."""
    rows = tuple(row for row in SAMPLERS if not samplers or set(row.comfy) & set(samplers))
    covered = {name for row in SAMPLERS if not row.note for name in row.comfy}
    return (*rows, *(Sampler(name, (name,)) for name in samplers if name not in covered))


def offered_schedules(schedulers: Sequence[str] = ()) -> tuple[Schedule, ...]:
    """As `offered`, for schedules."""
    rows = tuple(row for row in SCHEDULES if not (row.comfy and schedulers) or set(row.comfy) & set(schedulers))
    covered = {name for row in SCHEDULES for name in row.comfy}
    return (*rows, *(Schedule(name, name, (name,)) for name in schedulers if name not in covered))


def _split(
    text: str | None, table: Iterable[Sampler], schedules: tuple[Schedule, ...]
) -> tuple[Sampler, Schedule | None] | None:
    """The sampler with the longest name at the text's beginning, and the schedule that is the rest; None for none."""
    plain = _plain(text or "")
    keys = sorted(_keys(table), key=lambda pair: -len(pair[0]))
    for key, row in keys:
        rest = plain[len(key) :] if plain.startswith(key) else None
        schedule = _find(rest, schedules) if rest else None
        if rest == "" or schedule:
            return row, schedule
    return None


def _keys(table: Iterable[Sampler]) -> Iterator[tuple[str, Sampler]]:
    """(normalised name, row) of all names; ComfyUI's own name belongs to the row without a note."""
    for row in table:
        names = (row.name, *row.aliases) if row.note else (row.name, *row.aliases, row.comfy[0])
        yield from ((key, row) for key in {_plain(name) for name in names})


def _find(text: str | None, schedules: Iterable[Schedule]) -> Schedule | None:
    plain, rows = _plain(text or ""), list(schedules)
    for names in (lambda row: (row.name, row.label, *row.aliases), lambda row: row.comfy):
        for row in rows:
            if plain in {_plain(name) for name in names(row)}:
                return row
    return None


def _by_name(name: str, schedules: Iterable[Schedule]) -> Schedule | None:
    return next((row for row in schedules if name and row.name == name), None)


def _curve(row: Sampler) -> Schedule:
    """The schedule of a sampler whose own schedule is no row, such as DDIM's."""
    names = (row.curve, "normal")
    return Schedule(row.curve, AUTOMATIC, tuple(dict.fromkeys(names)))


def _first_of(row: Sampler | Schedule, live: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The first of the row's ComfyUI names that the server has, and notes about it."""
    notes = (row.note,) if row.note else ()
    chosen = next((name for name in row.comfy if not live or name in live), None)
    if chosen == row.comfy[0]:
        return row.comfy[0], notes
    chosen = chosen or live[0]
    return chosen, (*notes, f"This ComfyUI has no {row.comfy[0]}; {chosen} was used.")


def _plain(name: str) -> str:
    """A name without differences of spelling: case, spaces, `_`, `-`, `k_` in front, `++` for `pp`."""
    bare = name.strip().lower()
    bare = bare[2:] if bare[:2] in ("k_", "k-", "k ") else bare
    return bare.replace("++", "pp").replace(" ", "").replace("_", "").replace("-", "")


def _short(name: str | None) -> str:
    return repr(name if name is None or len(name) <= 60 else name[:57] + "...")
