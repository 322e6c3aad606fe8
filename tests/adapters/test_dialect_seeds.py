"""Which requests of each dialect leave nothing to chance, so that their results may be kept."""

import pytest

from bridge.adapters import dialects
from bridge.adapters.dialect import Action, Request
from bridge.adapters.fields import HALVES_PNG
from bridge.catalog.models import Catalog
from bridge.core.variables import options_of

PIXART = {"id": "a", "sketchData": HALVES_PNG, "prompt": "x", "width": 16, "height": 16}
UNIFIED = {"mode": "txt2img", "prompt": "x"}
NESTED = {"tokenId": 1, "parameters": {}}
VARIED = {"subseed_strength": 0.5}

NAMED = [
    *(("pixart", "/api/pixel-generation/generate", PIXART | seed) for seed in ({"seed": 0}, {"seed": 7})),
    ("imagegen", "/generate/text2img", {"prompt": "x", "seed": 0}),
    ("imagegen", "/generate/img2img", {"prompt": "x", "initImage": HALVES_PNG, "seed": 7}),
    ("imagegen", "/generate/inpaint", {"prompt": "x", "image": HALVES_PNG, "mask": HALVES_PNG, "seed": 7}),
    ("imagegen", "/generate/style-transfer", {"contentImage": HALVES_PNG, "styleImage": HALVES_PNG, "seed": 7}),
    *(("unified", "/generate", UNIFIED | {"seed": seed}) for seed in (0, "42", 7.0, -5, 1 << 70)),
    *(("aleaart", "/generate-image", {"tokenId": 1, "parameters": {"latentSeed": seed}}) for seed in (0, "7")),
    ("aleaart", "/generate-image", {"prompt": "x", "seed": 0}),
    *(
        (name, "/sdapi/v1/txt2img", {"seed": seed, **more})
        for name in ("a1111", "pico")
        for seed in (0, "7")
        for more in ({}, {"subseed": 5}, {"subseed": 0, **VARIED}, {"n_iter": 2}, {"seed": -2})
    ),
    *((name, "/sdapi/v1/img2img", {"init_images": [HALVES_PNG], "seed": 0}) for name in ("a1111", "pico")),
    ("a1111", "/sdapi/v1/txt2img", {"infotext": "x\nSteps: 20, Seed: 5, Size: 64x64"}),
    ("a1111", "/controlnet/txt2img", {"seed": 5}),
    ("a1111", "/controlnet/img2img", {"init_images": [HALVES_PNG], "seed": 5}),
    ("a1111", "/controlnet/detect", {"controlnet_module": "none", "controlnet_input_images": [HALVES_PNG]}),
    ("a1111", "/sdapi/v1/extra-single-image", {"image": HALVES_PNG}),
    *((name, "/sdapi/v1/interrogate", {"image": HALVES_PNG}) for name in ("a1111", "unified")),
    ("a1111", "/sdapi/v1/extra-batch-images", {"imageList": [{"data": HALVES_PNG, "name": "a"}]}),
]
BY_CHANCE = [
    *(("pixart", "/api/pixel-generation/generate", PIXART | seed) for seed in ({}, {"seed": None})),
    *(("imagegen", "/generate/text2img", {"prompt": "x"} | seed) for seed in ({}, {"seed": None}, {"seed": -1})),
    *(("unified", "/generate", UNIFIED | {"seed": seed}) for seed in (None, -1, "-1", -1.0)),
    ("unified", "/generate", UNIFIED),
    *(("aleaart", "/generate-image", NESTED | more) for more in ({}, {"parameters": {"latentSeed": None}})),
    ("aleaart", "/generate-image", NESTED | {"seed": 7}),  # the nested form doesn't read it
    *(("aleaart", "/generate-image", {"prompt": "x"} | seed) for seed in ({}, {"seed": None}, {"seed": -1})),
    *(
        (name, "/sdapi/v1/txt2img", body)
        for name in ("a1111", "pico")
        for body in ({}, {"seed": None}, {"seed": -1}, {"seed": ""}, {"seed": 7, **VARIED}, {"subseed": 7, **VARIED})
    ),
]


def spec(dialect, path, body):
    served = dialects()[dialect]
    (route,) = [each for each in served.routes if each.path == path and each.action is Action.SUBMIT]
    return route.read(Request(body=body, options=options_of(served.options), catalog=Catalog(live=True), token=9)).spec


@pytest.mark.parametrize(("dialect", "path", "body"), NAMED, ids=lambda value: str(value)[:40])
def test_a_request_that_names_its_seed_or_needs_none_may_be_kept(dialect, path, body):
    assert spec(dialect, path, body).cacheable


@pytest.mark.parametrize(("dialect", "path", "body"), BY_CHANCE, ids=lambda value: str(value)[:40])
def test_a_request_whose_seed_is_drawn_may_not(dialect, path, body):
    assert not spec(dialect, path, body).cacheable


def test_every_route_that_makes_a_job_is_among_them():
    told = {(dialect, path) for dialect, path, _ in NAMED}
    there = {
        (name, route.path)
        for name, dialect in dialects().items()
        for route in dialect.routes
        if route.action is Action.SUBMIT
    }
    assert there == told
