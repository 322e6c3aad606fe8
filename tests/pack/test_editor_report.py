"""What our nodes report is read on them, by every front end, and stays for as long as the editor knows it."""

import pytest
from browser import READY, STARTS_WITHIN_MS

pytestmark = [pytest.mark.comfy, pytest.mark.browser]

SAVES = (("PixartPalette", {}), ("PixartPaletteSave", {"filename_prefix": "editor/report"}, {"palette": 0}))
TRACK = """() => {
  const tracker = app.extensionManager.workflow.activeWorkflow.changeTracker
  ;(tracker.captureCanvasState ?? tracker.checkState).call(tracker)
}"""
SHOWN = "() => document.querySelector('.pixart-report')?.textContent.split('\\n') ?? []"


def test_what_a_node_reports_is_shown_after_the_run_has_ended_and_is_no_value_of_the_node(face):
    face.make(*SAVES)
    values = "() => app.graph.serialize().nodes.map(each => each.widgets_values)"
    before = face.script(values)
    assert face.run() == "execution_success"
    face.until(lambda: bool(face.script(SHOWN)), True)
    face.page.wait_for_timeout(500)  # front ends from 1.55 on take what they show of a job away when it ends
    shown = face.script(SHOWN)
    assert shown[0].startswith("output/editor/report_") and "format: hex" in shown
    assert face.script(values) == before


def test_what_a_picture_was_taken_for_is_told_in_words(face):
    looked = ("PixartLook", {}, {"image": 0})
    face.make(("EmptyImage", {"width": 8, "height": 8}), looked, ("PixartSaveIndexed", {}, {"images": 0, "look": 1}))
    assert face.run() == "execution_success"
    lines = (
        "() => [...document.querySelectorAll('.pixart-report')].map(each => each.textContent).join('\\n').split('\\n')"
    )
    told = "look: pixel art, "
    assert face.until(lambda: any(line.startswith(told) for line in face.script(lines)), True), face.script(lines)


def test_it_is_there_again_after_undo(face):
    face.make(*SAVES)
    face.script(TRACK)
    assert face.run() == "execution_success"
    face.until(lambda: bool(face.script(SHOWN)), True)
    shown = face.script(SHOWN)
    face.script("() => (app.graph.nodes[0].pos = [300, 300])")
    face.script(TRACK)
    face.script("() => app.extensionManager.command.execute('Comfy.Undo')")
    face.until(lambda: face.script("() => app.graph.nodes[0].pos[0] !== 300"), True)
    assert face.until(lambda: face.script(SHOWN), shown) == shown


LOOKED = (
    ("EmptyImage", {"width": 8, "height": 8}),
    ("PixartLook", {}, {"image": 0}),
    ("PixartSaveIndexed", {"filename_prefix": "editor/report"}, {"images": 0, "look": 1}),
)
# Of each report that is seen, its height, that of its lines, and the most that is seen at once.
HEIGHTS = """() => [...document.querySelectorAll('.pixart-report')].filter(each => each.checkVisibility())
  .map(each => [each.clientHeight, Math.min(12 * 16, each.firstChild.offsetHeight)])"""
PICTURES = "() => app.graph.nodes.flatMap(node => node.widgets ?? []).filter(each => each.name === 'pixels').length"


def test_a_report_is_as_high_as_its_wrapped_lines(face):
    face.make(*LOOKED)
    assert face.run() == "execution_success"
    assert face.until(lambda: bool(face.script(HEIGHTS)), True)
    assert face.until(lambda: all(seen >= needed for seen, needed in face.script(HEIGHTS)), True), face.script(HEIGHTS)


def test_it_and_the_picture_are_there_again_after_the_page_is_loaded_anew(face, editor, request):
    """For as long as ComfyUI's history has the run."""
    face.make(*LOOKED)
    assert face.run() == "execution_success"
    face.until(lambda: bool(face.script(SHOWN)), True)
    graph, shown = face.script("() => app.graph.serialize()"), face.script(SHOWN)
    try:
        face.page.reload()
        face.page.wait_for_function(READY, timeout=STARTS_WITHIN_MS)
        face.page.wait_for_timeout(2000)  # in which the front end opens what it had, if it has noted it
        face.script("async graph => app.graph.id === graph.id || app.loadGraphData(graph, true, true)", graph)
        assert face.until(lambda: face.script(SHOWN), shown) == shown
        assert face.until(lambda: face.script(PICTURES), 1) == 1
    finally:
        editor.leave(request.node.callspec.params["face"][0])
