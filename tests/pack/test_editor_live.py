"""Quantize and Downscale show their result on themselves with every change of a setting, without a run."""

import pytest

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

CHAIN = (
    ("EmptyImage", {"width": 64, "height": 64, "color": 0x808080}),
    ("PixartPalette", {"colors": "black white"}),
    ("PixartQuantize", {"dither": "none"}, {"image": 0, "palette": 1}),
    ("PreviewImage", {}, {"images": 2}),
)
COLORS = """() => {
  const canvas = document.querySelector('.pixart-live .pixart-pixels')
  if (!canvas) return []
  const data = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)
  return [...new Set(data)].map(each => (each & 0xffffff).toString(16).padStart(6, '0')).sort()
}"""
SET = """([at, name, value]) => {
  const widget = app.graph.nodes[at].widgets.find(each => each.name === name)
  widget.value = value
  widget.callback?.(value)
}"""


def live(face, *colors):
    return face.until(lambda: face.script(COLORS), list(colors))


def test_a_change_of_dither_or_palette_is_seen_without_a_run(face):
    face.make(*CHAIN)
    assert face.run() == "execution_success"
    assert len(live(face, "ffffff")) == 1
    face.script(SET, [2, "dither", "bayer-4"])
    assert live(face, "000000", "ffffff") == ["000000", "ffffff"]
    face.script(SET, [1, "colors", "black yellow"])
    assert live(face, "000000", "00ffff") == ["000000", "00ffff"]


def test_the_slider_shows_the_original_over_the_result(face):
    face.make(*CHAIN)
    assert face.run() == "execution_success"
    live(face, "ffffff")
    face.script("""() => {
      const slider = document.querySelector('.pixart-slider')
      slider.value = 50
      slider.dispatchEvent(new Event('input'))
    }""")
    clip = "() => getComputedStyle(document.querySelector('.pixart-original')).clipPath"
    assert face.script(clip) == "inset(0px calc(50%) 0px 0px)" or "50%" in face.script(clip)
