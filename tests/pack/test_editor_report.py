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
