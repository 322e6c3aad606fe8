"""Samplers and schedules by every name that clients use, and what ComfyUI is told."""

import ast

import pytest

from bridge.catalog.samplers import AUTOMATIC, SAMPLERS, SCHEDULES, Sampling, offered, offered_schedules, resolve
from bridge.core.settings import Settings

# comfy/samplers.py of 0.3.75; the last test holds it against the source
SAMPLER_NAMES = (
    "euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 dpm_2 dpm_2_ancestral lms dpm_fast "
    "dpm_adaptive dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_cfg_pp "
    "dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm "
    "ipndm ipndm_v deis res_multistep res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp "
    "gradient_estimation gradient_estimation_cfg_pp er_sde seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc "
    "uni_pc_bh2"
)
SCHEDULER_NAMES = "simple sgm_uniform karras exponential ddim_uniform beta normal linear_quadratic kl_optimal"
NEWER = {"exp_heun_2_x0", "exp_heun_2_x0_sde"}  # which ComfyUI has had since 0.3.75
LIVE, CURVES = tuple(SAMPLER_NAMES.split()), tuple(SCHEDULER_NAMES.split())
NAMES = [
    ("DPM++ 2M", "dpmpp_2m", "karras", "DPM++ 2M", "Karras"),
    ("DPM++ 2M Karras", "dpmpp_2m", "karras", "DPM++ 2M", "Karras"),
    ("DPM++ 2M SDE Karras", "dpmpp_2m_sde", "karras", "DPM++ 2M SDE", "Karras"),
    ("DPM++ 2M SDE", "dpmpp_2m_sde", "exponential", "DPM++ 2M SDE", "Exponential"),
    ("DPM++ 2M SDE Heun Exponential", "dpmpp_2m_sde_heun", "exponential", "DPM++ 2M SDE Heun", "Exponential"),
    ("DPM++ S2 a", "dpmpp_2s_ancestral", "karras", "DPM++ 2S a", "Karras"),
    ("dpm++_2m", "dpmpp_2m", "karras", "DPM++ 2M", "Karras"),
    ("dpmpp_2m_karras", "dpmpp_2m", "karras", "DPM++ 2M", "Karras"),
    ("dpmpp_2m_sde_gpu", "dpmpp_2m_sde_gpu", "normal", "dpmpp_2m_sde_gpu", AUTOMATIC),
    ("euler_a", "euler_ancestral", "normal", "Euler a", AUTOMATIC),
    ("EULER A", "euler_ancestral", "normal", "Euler a", AUTOMATIC),
    ("k_euler_a", "euler_ancestral", "normal", "Euler a", AUTOMATIC),
    ("euler_ancestral", "euler_ancestral", "normal", "Euler a", AUTOMATIC),
    ("Euler a Beta", "euler_ancestral", "beta", "Euler a", "Beta"),
    ("Euler Automatic", "euler", "normal", "Euler", AUTOMATIC),
    ("Euler", "euler", "normal", "Euler", AUTOMATIC),
    ("k_dpm_2_ka", "dpm_2", "karras", "DPM2", "Karras"),
    ("k_dpm_2_a_ka", "dpm_2_ancestral", "karras", "DPM2 a", "Karras"),
    ("k_dpmpp_2m_sde_exp", "dpmpp_2m_sde", "exponential", "DPM++ 2M SDE", "Exponential"),
    ("DDIM", "ddim", "ddim_uniform", "DDIM", AUTOMATIC),
    ("UniPC", "uni_pc", "normal", "UniPC", AUTOMATIC),
    ("uni_pc_bh2", "uni_pc_bh2", "normal", "uni_pc_bh2", AUTOMATIC),
    ("LCM", "lcm", "sgm_uniform", "LCM", AUTOMATIC),
    ("heun", "heun", "normal", "Heun", AUTOMATIC),
    ("euler_cfg_pp", "euler_cfg_pp", "normal", "euler_cfg_pp", AUTOMATIC),
    ("res_multistep karras", "res_multistep", "karras", "res_multistep", "Karras"),
]


@pytest.mark.parametrize(("said", "sampler", "scheduler", "name", "schedule"), NAMES)
def test_a_sampler_is_found_by_any_of_its_names(said, sampler, scheduler, name, schedule):
    found = resolve(said, None, LIVE, CURVES)
    assert found == Sampling(sampler, scheduler, name, schedule)


@pytest.mark.parametrize("row", SAMPLERS, ids=lambda row: row.name)
def test_every_sampler_is_found_by_its_name_and_aliases_with_or_without_a_live_list(row):
    for said in (row.name, *row.aliases):
        for live, curves in (((), ()), (LIVE, CURVES)):
            found = resolve(said, None, live, curves)
            assert (found.is_known, found.name, found.sampler) == (True, row.name, row.comfy[0])
            assert found.sampler in LIVE
            assert found.scheduler in CURVES
            assert found.notes == ((row.note,) if row.note else ())


@pytest.mark.parametrize("name", LIVE)
def test_comfyuis_own_name_means_exactly_that_sampler(name):
    assert resolve(name, None, LIVE, CURVES).sampler == name


@pytest.mark.parametrize("row", [row for row in SCHEDULES if row.comfy], ids=lambda row: row.name)
def test_every_schedule_is_found_by_name_label_and_alias_joined_or_apart(row):
    for said in (row.name, row.label, row.label.upper(), *row.aliases):
        apart, joined = resolve("Heun", said, LIVE, CURVES), resolve(f"Heun {said}", None, LIVE, CURVES)
        assert apart == joined == Sampling("heun", row.comfy[0], "Heun", row.label, notes=apart.notes)
        assert apart.notes == ((row.note,) if row.note else ())


@pytest.mark.parametrize("name", CURVES)
def test_comfyuis_own_schedule_means_exactly_that_curve(name):
    assert resolve("Euler", name, LIVE, CURVES).scheduler == name


@pytest.mark.parametrize("automatic", [None, "", "automatic", "Automatic"])
def test_automatic_is_the_schedule_of_the_name_or_else_the_samplers_own(automatic):
    assert resolve("DPM++ 2M", automatic).scheduler == "karras"
    assert resolve("DPM++ 2M SDE Karras", automatic).scheduler == "karras"
    assert resolve("Euler", automatic).schedule == AUTOMATIC


def test_a_schedule_of_its_own_wins_over_the_one_in_the_name():
    found = resolve("DPM++ 2M Karras", "Exponential")
    assert (found.scheduler, found.schedule) == ("exponential", "Exponential")


@pytest.mark.parametrize("name", [None, ""])
def test_no_name_is_the_default_and_needs_no_note(name):
    assert resolve(name, default="Euler") == Sampling("euler", "normal", "Euler", AUTOMATIC)


def test_an_unknown_sampler_is_the_default_and_said():
    found = resolve("Eulerr", default="Euler a")
    assert (found.sampler, found.is_known) == ("euler_ancestral", False)
    assert found.notes == ("There is no sampler 'Eulerr'; Euler a was used. Did you mean 'Euler'?",)
    assert len(resolve("x" * 10_000).notes[0]) < 120


def test_a_default_that_the_server_lacks_is_the_first_that_it_has_and_said():
    found = resolve("Eulerr", None, ("lms",), ("simple",))
    assert (found.sampler, found.scheduler, found.is_known) == ("lms", "simple", False)
    assert found.notes == (
        "There is no sampler 'Eulerr'; LMS was used.",
        "This ComfyUI has no normal; simple was used.",
    )


def test_an_unknown_schedule_is_the_samplers_own_and_said():
    found = resolve("DPM++ 2M", "kerras")
    assert (found.scheduler, found.is_known, found.is_known_schedule) == ("karras", True, False)
    assert found.notes == ("There is no schedule 'kerras'; the sampler's own was used. Did you mean 'Karras'?",)


def test_what_an_older_comfyui_lacks_is_replaced_by_the_nearest_and_said():
    older = tuple(name for name in LIVE if "heun" not in name)
    found = resolve("DPM++ 2M SDE Heun", "kl_optimal", older, ("normal", "karras"))
    assert (found.sampler, found.scheduler) == ("dpmpp_2m_sde", "karras")
    assert found.notes == (
        "This ComfyUI has no dpmpp_2m_sde_heun; dpmpp_2m_sde was used.",
        "This ComfyUI has no kl_optimal; karras was used.",
    )


def test_lists_name_what_the_server_has_and_nothing_else():
    assert [row.name for row in offered(("euler", "my_sampler"))] == ["Euler", "my_sampler"]
    assert [row.name for row in offered_schedules(("karras", "mine"))][-1] == "mine"
    assert resolve("My Sampler", "mine", ("euler", "my_sampler"), ("normal", "mine")) == Sampling(
        "my_sampler", "mine", "my_sampler", "mine"
    )


def test_no_two_samplers_and_no_two_schedules_share_a_name():
    for rows in (SAMPLERS, SCHEDULES):
        assert len({row.name for row in rows}) == len(rows)


@pytest.mark.comfy
def test_the_lists_are_those_of_comfyuis_source():
    source = (Settings().comfyui_source / "comfy" / "samplers.py").read_text(encoding="utf-8")
    constants = {
        target.id: node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    kdiffusion = ast.literal_eval(constants["KSAMPLER_NAMES"])
    assert {*kdiffusion, "ddim", "uni_pc", "uni_pc_bh2"} - NEWER == set(LIVE)
    keys = constants["SCHEDULER_HANDLERS"].keys
    assert {key.value for key in keys} == set(CURVES)
