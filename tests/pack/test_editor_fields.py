"""The fields of our nodes in the editor: one mistake is one message, and what has no effect is out of sight."""

import pytest
from pixart_nodes import conditions

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

ERRORS = """async () => {
  const {output, workflow} = await app.graphToPrompt()
  try {
    await app.api.queuePrompt(0, {output, workflow})
  } catch (error) {
    return Object.values(error.response.node_errors).flatMap(each => each.errors)
      .map(each => [each.extra_info.input_name, each.details])
  }
}"""
WRONG = "is not a colour; write it as #rrggbb, for example #ff004d."
# Of a node of the shown graph the fields with conditions that a person sees, in either renderer.
SEEN = """type => {
  const node = app.canvas.graph.nodes.find(each => each.comfyClass === type)
  const fields = node.widgets.filter(each => CONDITIONS.includes(each.name))
  if (!LiteGraph.vueNodesMode) return fields.filter(each => node.isWidgetVisible(each)).map(each => each.name)
  const rows = [...document.querySelectorAll(`[data-node-id="${node.id}"] .lg-node-widget`)]
  const lines = rows.filter(each => each.offsetHeight).map(each => each.innerText.split('\\n').map(line => line.trim()))
  return fields.map(each => each.name).filter(name => lines.some(each => each.includes(name)))
}"""
SET = """([type, name, value]) => {
  const node = app.canvas.graph.nodes.find(each => each.comfyClass === type)
  const widget = node.widgets.find(each => each.name === name)
  widget.value = value
  widget.callback?.(value)
}"""
INPUTS = "async () => Object.values((await app.graphToPrompt()).output)[0].inputs"
# What it has before and after: values, and on the canvas, where the page doesn't measure it anew, its height.
LOAD = """async () => {
  const graph = app.graph.serialize()
  app.graph.clear()
  await app.loadGraphData(graph, true, true)
  const plain = ({nodes}) => nodes.map(each => [each.widgets_values, LiteGraph.vueNodesMode ? 0 : each.size[1]])
  return [graph, app.graph.serialize()].map(plain)
}"""
# The first node into a subgraph, with these of its fields as the subgraph's own; then the subgraph is opened.
WRAP = """names => {
  app.canvas.selectNode(app.graph.nodes[0])
  const { node, subgraph } = app.graph.convertToSubgraph(new Set([app.graph.nodes[0]]))
  const [inner] = subgraph.nodes
  for (const name of names) {
    const at = inner.inputs.findIndex(each => each.widget?.name === name)
    const input = subgraph.addInput(name, inner.inputs[at].type)
    input.connect(inner.inputs[at], inner)
  }
  app.canvas.setGraph(subgraph)
  return node.widgets.map(each => each.name)
}"""

BACK = """async () => {
  app.canvas.setGraph(app.graph)
  for (let frames = 0; frames < 2; frames++) await new Promise(requestAnimationFrame)
}"""


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"colors": "red reed"}, "colors", f"colors - 'reed' {WRONG}"),
        (
            {"file": "none.gpl"},
            "file",
            "file - There is no file 'none.gpl' in ComfyUI's input folder; upload it first.",
        ),
        ({"palette": "pico"}, "palette", "palette - Palette 'pico' is unknown. Did you mean 'pico-8'?"),
    ],
)
def test_a_wrong_value_is_one_error_at_its_field(values, field, sentence, face):
    face.make(("PixartPalette", values), ("PixartPalettePreview", {}, {"palette": 0}))
    assert face.script(ERRORS) == [[field, sentence]]


def seen(face, node):
    return face.script(SEEN.replace("CONDITIONS", str(list(conditions.CASES[node]))), node)


def until_seen(face, node, *wanted):
    return face.until(lambda: seen(face, node), list(wanted))


def test_a_menu_hides_what_it_switches_off_and_shows_it_again(face):
    face.make(("PixartOutline", {}))
    for coloring, field in (("selective", "shade"), ("one-color", "color")):
        face.script(SET, ["PixartOutline", "coloring", coloring])
        assert until_seen(face, "PixartOutline", field) == [field]


def test_what_is_hidden_keeps_its_value_in_prompts_and_in_saved_workflows(face):
    face.make(("PixartOutline", {"shade": 0.25, "coloring": "one-color"}))
    assert until_seen(face, "PixartOutline", "color") == ["color"]
    assert face.script(INPUTS)["shade"] == 0.25
    before, after = face.script(LOAD)
    assert after == before
    assert until_seen(face, "PixartOutline", "color") == ["color"]


def test_a_picture_that_is_linked_or_not_decides_too(face):
    face.make(("EmptyImage", {}), ("PixartFinish", {}, {"image": 0, "original": 0}))
    assert until_seen(face, "PixartFinish", "denoise") == ["denoise"]
    face.script("() => app.graph.nodes[1].disconnectInput(app.graph.nodes[1].findInputSlot('original'))")
    assert until_seen(face, "PixartFinish") == []


def test_a_field_with_a_mistake_is_seen_also_where_it_has_no_effect(face):
    face.script("() => app.clean()")  # else the last test's errors are known of nodes with the same ids
    outline = ("PixartOutline", {"color": "reed", "coloring": "selective"}, {"image": 0})
    face.make(("EmptyImage", {}), outline, ("PreviewImage", {}, {"images": 1}))
    assert until_seen(face, "PixartOutline", "shade") == ["shade"]
    face.script("() => app.queuePrompt(0, 1)")
    assert until_seen(face, "PixartOutline", "color", "shade") == ["color", "shade"]
    face.page.keyboard.press("Escape")  # the editor's dialog about it


def test_a_subgraphs_own_fields_work_as_before(face):
    face.make(("PixartOutline", {"shade": 0.25, "coloring": "one-color"}))
    assert until_seen(face, "PixartOutline", "color") == ["color"]
    assert face.script(WRAP, ["coloring", "shade"]) == ["coloring", "shade"]
    face.script("() => (app.graph.nodes[0].widgets[1].value = 0.5)")
    assert (face.script(INPUTS)["coloring"], face.script(INPUTS)["shade"]) == ("one-color", 0.5)
    assert face.until(lambda: "color" in seen(face, "PixartOutline"), True)
    face.script(BACK)
