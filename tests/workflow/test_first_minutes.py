"""What a newcomer meets in ComfyUI's editor, with the front end that it pins and with the newest."""

import json
import sys
import urllib.request

import pytest
from browser import EMPTY, RUN, STARTS_WITHIN_MS
from faces import FACES, VUE

from bridge.core.places import ROOT

sys.path.append(str(ROOT / "docs"))  # where the table of templates is read
import templates

TABLE = templates.table()
TITLES = [entry["title"] for entry in TABLE]
FIRST = TITLES[:8]
pytestmark = [pytest.mark.comfy, pytest.mark.browser]

# The words that people type who think of a console, and the node that they mean.
ALIASES = {
    "gameboy": "PixartPalette",
    "swatch": "PixartPalettePreview",
    "8-bit": "PixartDownscale",
    "nearest": "PixartEnlarge",
    "pico-8": "PixartPalette",
    "compare": "PixartContactSheet",
}
STORE = "document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s"
SEARCH = """words => words.map(word => STORE.get('nodeDef').nodeSearchService.searchNode(word, [], {limit: 64})
  .map(found => found.name))""".replace("STORE", STORE)
LOOK_MS = 100  # between two looks at the cards, each of which lays the page out
CARDS = """() => [...document.querySelectorAll('[data-testid^=template-workflow-]')].slice(0, 8)
  .map(card => [card.querySelector('h3')?.innerText, card.querySelector('img')?.naturalWidth ?? 0])"""
OPENED = """() => app.graph.nodes.find(node => node.title === 'Turn these three')?.widgets[0].value.split('\\n')[0]"""
RED = "() => app.graph.nodes.filter(node => node.has_errors).map(node => node.title)"
UNKNOWN = "() => app.graph.nodes.filter(node => !LiteGraph.registered_node_types[node.type]).map(node => node.type)"
COLORS = """() => [
  app.canvas.constructor.link_type_colors.PIXART_PALETTE, app.canvas.default_connection_color_byType.PIXART_PALETTE,
  getComputedStyle(document.documentElement).getPropertyValue('--color-datatype-PIXART_PALETTE').trim()
]"""
TITLE = "window.LiteGraph?.createNode('PixartQuantize')?.title"
THEME = "name => app.extensionManager.setting.set('Comfy.ColorPalette', name)"
# The blueprint between a picture and a file, as a person puts it there; its widgets, and how the run ends.
BLUEPRINT = (
    """async id => {
  EMPTY
  const blueprint = STORE.get('subgraph').getBlueprint(`SubgraphBlueprint.${id}`)
  const { nodes, definitions: { subgraphs } } = structuredClone({...blueprint})
  app.canvas._deserializeItems({nodes, subgraphs}, {position: [400, 0]})
  const [pixelate] = app.graph.nodes
  const [picture, file] = ['PixartLoadImage', 'PixartSaveIndexed'].map(type => LiteGraph.createNode(type))
  for (const node of [picture, file]) app.graph.add(node)
  picture.widgets[0].value = 'pixart_photo.jpg'
  picture.connect(0, pixelate, 0)
  pixelate.connect(pixelate.outputs.findIndex(each => each.name === 'IMAGE'), file, 0)
  return [await (RUN)(), pixelate.title, pixelate.widgets.map(each => each.name).filter(name => !name.startsWith('$$'))]
}""".replace("STORE", STORE)
    .replace("EMPTY", EMPTY)
    .replace("RUN", RUN)
)


@pytest.fixture(params=["pinned", "newest"])
def page(request, editor):
    page = editor.page(request.param)
    page.set_default_timeout(STARTS_WITHIN_MS)  # a busy machine takes its time
    return page


@pytest.fixture(params=FACES, ids=" ".join)
def faced(request, editor):
    """A page of each face, in its renderer; the same pages as the other tests have, which take seconds to open."""
    front_end, renderer = request.param
    page = editor.page(front_end)
    page.set_default_timeout(STARTS_WITHIN_MS)
    page.evaluate(VUE, renderer != "classic")
    yield page
    page.evaluate(VUE, False)


def show_templates(page):
    page.evaluate("() => app.extensionManager.command.execute('Comfy.BrowseTemplates')")
    page.get_by_text("Pixart", exact=True).first.click()
    loaded = (
        f"() => {{ const cards = ({CARDS})(); return cards.length === 8 && cards.every(([, width]) => width > 0) }}"
    )
    page.wait_for_function(loaded, polling=LOOK_MS)


def opened(page, title):
    page.locator(f"[data-testid='template-workflow-{title}']").click()
    page.wait_for_function(f"title => ({OPENED})() === title", arg=f"## {title}", polling=LOOK_MS)


def test_the_templates_page_shows_names_and_pictures_and_the_first_eight_first(faced):
    show_templates(faced)
    assert faced.evaluate(CARDS) == [[title, 320] for title in FIRST]
    faced.keyboard.press("Escape")


@pytest.mark.parametrize("title", FIRST)
def test_a_first_template_opens_and_runs_without_a_red_node(faced, title):
    show_templates(faced)
    opened(faced, title)
    assert faced.evaluate(UNKNOWN) == []
    if "badge" not in TABLE[TITLES.index(title)]:  # else it wants a model by its name
        assert faced.evaluate(RUN) == "execution_success"
        assert faced.evaluate(RED) == []


def test_nodes_are_found_by_what_people_call_them(page):
    found = page.evaluate(SEARCH, list(ALIASES))
    assert [node for node, names in zip(ALIASES.values(), found, strict=True) if node not in names] == []


def test_palettes_have_a_socket_of_their_own_color_under_every_theme(page):
    for theme in ("light", "dark"):
        page.evaluate(THEME, theme)
        page.wait_for_timeout(300)
        assert set(page.evaluate(COLORS)) == {"#c6f24e"}


def test_pixelate_is_a_blueprint_with_its_five_knobs(faced, bare_comfy):
    [blueprint] = [key for key, each in bare_comfy.get("/global_subgraphs").items() if each["name"] == "Pixelate"]
    knobs = ["width", "height", "palette", "dither", "contrast"]
    assert faced.evaluate(BLUEPRINT, blueprint) == ["execution_success", "Pixelate", knobs]


def test_app_mode_finds_every_widget_that_a_template_shows_there(page):
    if not page.evaluate(f"() => {STORE}.has('appMode')"):
        pytest.skip("the pinned front end has no app mode")
    for entry in (entry for entry in TABLE if "app" in entry):
        show_templates(page)
        opened(page, entry["title"])
        chosen = page.evaluate(
            f"() => {{ const app = {STORE}.get('appMode'); return [app.selectedInputs, app.selectedOutputs] }}"
        )
        assert [len(each) for each in chosen] == [len(entry["app"]["inputs"]), len(entry["app"]["outputs"])]


# How far apart nodes are, over how far apart a workflow has them, once they were measured: the smallest and the largest
# of all.
STRETCHED = """async graph => {
  const saved = structuredClone(graph.nodes)
  await app.loadGraphData(graph, true, true)
  await new Promise(done => setTimeout(done, 800))
  const shown = saved.map(each => app.graph.getNodeById(each.id).pos)
  const from = (places, place, side) => places[place][side] - places[0][side]
  const before = saved.map(({ pos }) => pos)
  const far = before.flatMap((_, place) => [0, 1].map(side => [from(before, place, side), from(shown, place, side)]))
  const ratios = far.filter(([was]) => Math.abs(was) > 50).map(([was, is]) => Math.round(is / was * 10) / 10)
  return [Math.min(...ratios), Math.max(...ratios)]
}"""
NODES_2 = "on => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)"


def test_a_template_keeps_its_shape_with_nodes_2_0(page):
    """The pinned front end spreads its nodes for the larger ones that it shows then."""
    page.evaluate(NODES_2, True)
    graph = json.loads((templates.FOLDER / "Words to pixel art.json").read_text(encoding="utf-8"))
    least, most = page.evaluate(STRETCHED, graph)
    page.evaluate(NODES_2, False)
    assert least == most
    assert most in (1, 1.2)


# Pixels between the menus above and the first view's highest node or group.
FREE = """() => {
  const { scale, offset } = app.canvas.ds
  const tops = [...app.graph.nodes.map(each => each.pos[1] - 30), ...app.graph.groups.map(each => each.pos[1])]
  const menus = [...document.querySelectorAll('.subgraph-breadcrumb, [data-testid="subgraph-breadcrumb"]')]
  const above = Math.max(...menus.map(each => each.getBoundingClientRect().bottom))
  return (Math.min(...tops) + offset[1]) * scale + app.canvas.canvas.getBoundingClientRect().top - above
}"""


def test_the_first_view_of_a_tall_template_is_not_under_the_menus(faced):
    show_templates(faced)
    opened(faced, "Pixelate a picture")
    assert faced.evaluate(FREE) >= 0


# A message of a node, as the page says it.
SAID = """async () => (await import('/extensions/pixart_nodes/sentences.js')).translated(
  "'reed' is not a colour; write it as #rrggbb, for example #ff004d.")"""


def set_language(comfy, language):
    body, headers = json.dumps({"Comfy.Locale": language}).encode(), {"Content-Type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"{comfy.url}/settings", body, headers)).close()


def test_the_editor_speaks_another_language_of_our_nodes(page, request, editor, bare_comfy):
    set_language(bare_comfy, "fr")
    try:
        page.reload()
        page.wait_for_function(f"() => {TITLE} === 'Quantifier vers la palette (tramage)'")
        page.wait_for_function(f"() => ({SAID})().then(said => said.startsWith(\"'reed' n'est pas une couleur\"))")
    finally:
        set_language(bare_comfy, "en")
        editor.leave(request.node.callspec.params["page"])
