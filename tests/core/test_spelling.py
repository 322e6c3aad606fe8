"""The name or path that was most likely meant in place of an unknown one."""

from __future__ import annotations

import pytest

from bridge.core.spelling import nearest_path

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
def test_of_the_paths_that_differ_in_one_part_the_nearest_is_meant(path, meant):
    assert nearest_path(path, PATHS) == meant


@pytest.mark.parametrize("path", ["/", "/nothing", "/sdapi/v2/text2img", "/jobs/a/b/c", "/" + "a" * 100_000])
def test_a_path_that_is_like_none_is_meant_for_none(path):
    assert nearest_path(path, PATHS) == ""
