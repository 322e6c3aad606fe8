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


# The last node goes below the one before it, and a group around both.
STACK = """() => {
  const [above, below] = app.graph.nodes.slice(-2)
  below.pos = [above.pos[0] + 30, above.pos[1] + above.size[1] + 60]
  const group = new LiteGraph.LGraphGroup('Both')
  group.pos = [above.pos[0] - 20, above.pos[1] - 60]
  group.size = [500, below.pos[1] + below.size[1] + 20 - group.pos[1]]
  app.graph.add(group)
  const other = new LiteGraph.LGraphGroup('Nothing to do with it')
  other.pos = [above.pos[0] + 900, above.pos[1]]
  other.size = [300, 200]
  app.graph.add(other)
  return below.pos[0]
}"""
# Whether the last node, and its title, are below the one before it, and both within the group.
STACKED = """() => {
  const [above, below] = app.graph.nodes.slice(-2)
  const end = node => {
    const shown = document.querySelector(`[data-node-id="${node.id}"]`)
    return node.pos[1] + Math.max(node.size[1], shown ? shown.offsetHeight - 30 : 0)
  }
  const [group, other] = app.graph.groups
  return [below.pos[1] - 30 >= end(above), group.pos[1] + group.size[1] > end(below), other.size[1], below.pos[0]]
}"""


def require_places(face):
    """Nodes 2.0 of front ends before 1.58 don't follow a place that an extension sets, so nothing is moved there."""
    if face.renderer != "classic" and not face.script("() => 'visibility' in app.graph.nodes[0].widgets[0]"):
        pytest.skip("this front end's page doesn't follow a node's place")


def test_a_node_that_gets_larger_covers_none_below_it(face):
    face.make(*CHAIN)
    require_places(face)
    left = face.script(STACK)
    assert face.run() == "execution_success"
    live(face, "ffffff")
    assert face.until(lambda: face.script(STACKED), [True, True, 200, left]) == [True, True, 200, left]
    size = face.script("() => app.graph.nodes.at(-2).size[1]")
    assert size > 300, "the picture made the node no larger, so nothing was tried"


def test_a_pinned_node_stays_where_it_is(face):
    face.make(*CHAIN)
    require_places(face)
    face.script(STACK)
    place = face.script("() => { const node = app.graph.nodes.at(-1); node.pin(true); return [...node.pos] }")
    assert face.run() == "execution_success"
    live(face, "ffffff")
    face.until(lambda: face.script("() => app.graph.nodes.at(-2).size[1] > 300"), True)
    face.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert face.script("() => [...app.graph.nodes.at(-1).pos]") == place
