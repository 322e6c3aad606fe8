"""One mistake is one message, at the field that has it."""

import pytest

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
