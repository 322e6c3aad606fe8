"""Which path was meant where there is nothing."""

from __future__ import annotations

import pytest

from bridge.web.middlewares import nearest_path

PATHS = ("/jobs", "/jobs/{id}", "/generate/text2img", "/generated_images/{id}.png", "/sdapi/v1/txt2img", "/health")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/jobss", "/jobs"),
        ("/JOBS", "/jobs"),
        ("/job/a", "/jobs/{id}"),
        ("/generate/txt2img", "/generate/text2img"),
        ("/sdapi/v1/text2img", "/sdapi/v1/txt2img"),
    ],
)
def test_of_the_paths_that_differ_in_one_part_the_nearest_is_asked_for(path, meant):
    assert nearest_path(path, PATHS) == f"Did you mean {meant}?"


@pytest.mark.parametrize("path", ["/", "/nothing", "/sdapi/v2/text2img", "/jobs/a/b/c", "/" + "a" * 100_000])
def test_a_path_that_is_like_none_is_not_asked_about(path):
    assert nearest_path(path, PATHS) == ""
