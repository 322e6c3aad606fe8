"""Briefs become pictures: of the size asked for, the same everywhere, with everything in its place."""

import pytest
from pixart_nodes.drawings.brief import Brief, Subject
from pixart_nodes.drawings.scene import paint
from pixart_nodes.errors import DrawingError

CAT = Subject("cat", "cat")


@pytest.mark.parametrize(("width", "height"), [(8, 8), (16, 16), (64, 64), (128, 64), (240, 320), (512, 8), (511, 512)])
def test_a_picture_has_the_size_asked_for(width, height):
    scene = paint(Brief((CAT,)), width, height)
    assert scene.pixels.shape == (height, width, 4)
    assert (scene.pixels[..., 3] == 255).all()


@pytest.mark.parametrize(("width", "height"), [(7, 64), (64, 513)])
def test_a_picture_of_another_size_is_refused_with_the_sizes_that_there_are(width, height):
    with pytest.raises(DrawingError, match="8 to 512"):
        paint(Brief((CAT,)), width, height)


def test_without_a_ground_the_picture_is_transparent_about_its_subject():
    alpha = paint(Brief((CAT,), ground="none"), 32, 32).pixels[..., 3]
    assert alpha[0, 16] == 0
    assert alpha[16, 16] == 255
