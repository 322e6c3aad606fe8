"""What our nodes report is read on them, by every front end, and stays for as long as the editor knows it."""

import pytest

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
