"""A photo of a drawing on paper becomes the drawing: photos made here, of drawings that are known."""

import numpy as np
import pytest
from pixart_nodes.pixel.clean.paper import gutter, illumination, ink, page, rulings
from pixart_nodes.pixel.clean.paper.camera import completed, shape
from pixart_nodes.pixel.clean.paper.cleaning import Cleaning
from pixart_nodes.pixel.clean.paper.drawing import drawn, stacked
from pixart_nodes.pixel.clean.paper.opencv import cv2
from pixart_nodes.pixel.errors import UnknownName

PAPER, TABLE, BLACK, RED, YELLOW = (236, 228, 208), (92, 66, 44), (28, 28, 32), (200, 40, 40), (245, 215, 60)
WIDTH, HEIGHT = 600, 800  # of a sheet
SLANTED = np.array([[140, 90], [610, 130], [660, 790], [60, 740]], np.float64)  # where its corners are in a photo
SEEN = (720, 880)  # width and height of that photo
ROUNDED = 2  # of 255: what 8 bits and OpenCV's processors may differ by


def sheet(*, ruled=False, dotted=False, ink=BLACK):
    """A sheet with a filled circle, a star of lines and a box, and what of it is drawn on."""
    picture = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    if ruled:
        picture[40::32] = picture[41::32] = (180, 195, 225)
    if dotted:
        for y in range(20, HEIGHT, 32):
            for x in range(20, WIDTH, 32):
                cv2.circle(picture, (x, y), 2, (185, 185, 190), -1)
    marks = np.zeros((HEIGHT, WIDTH), np.uint8)
    for canvas, fill, line in ((picture, YELLOW, ink), (marks, 255, 255)):
        cv2.circle(canvas, (180, 220), 80, fill, -1)
        cv2.circle(canvas, (180, 220), 80, line, 7)
        for k in range(5):
            turn = 2 * np.pi * k / 5
            cv2.line(canvas, (420, 260), (int(420 + 110 * np.cos(turn)), int(260 + 110 * np.sin(turn))), line, 6)
        cv2.rectangle(canvas, (120, 480), (470, 660), line, 8)
    return picture, marks > 0


def photo(picture, corners=SLANTED, size=SEEN):
    """The sheet on a dark table, lit from the left, soft and noisy: uint8 [H, W, 4]."""
    frame = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    matrix = cv2.getPerspectiveTransform(frame - 0.5, (corners - 0.5).astype(np.float32))
    table = np.full((size[1], size[0], 3), TABLE, np.uint8)
    seen = cv2.warpPerspective(picture, matrix, size, dst=table, borderMode=cv2.BORDER_TRANSPARENT)
    light = np.linspace(1.0, 0.55, size[0])[None, :, None]
    grain = np.random.default_rng(7).normal(0, 3, seen.shape)
    seen = cv2.GaussianBlur(seen.astype(np.float32) * light, (0, 0), 0.8) + grain
    return opaque(np.clip(np.rint(seen), 0, 255).astype(np.uint8))


def opaque(rgb):
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def agreement(cleaned, marks):
    """Intersection over union of what is drawn, the result brought to the sheet's size."""
    cover = cv2.resize(cleaned.pixels[..., 3], marks.shape[::-1], interpolation=cv2.INTER_LINEAR) >= 128
    return (cover & marks).sum() / (cover | marks).sum()


def color_at(cleaned, x, y):
    """The result's colour at a place of the sheet."""
    height, width = cleaned.pixels.shape[:2]
    return cleaned.pixels[round(y * height / HEIGHT), round(x * width / WIDTH)].astype(int)


def test_the_corners_of_a_sheet_on_a_table_are_found_to_half_a_pixel():
    found = page.find(photo(sheet()[0])[..., :3])
    assert found.corners == pytest.approx(SLANTED, abs=0.5)


def test_a_sheet_that_fills_the_picture_has_no_corners_though_a_box_is_drawn_on_it():
    assert page.find(sheet()[0]).corners is None


def test_a_side_beyond_the_picture_is_put_where_the_picture_ends():
    cut = photo(sheet()[0])[:640]
    found = page.find(np.ascontiguousarray(cut[..., :3]))
    assert len(found.lines) == 3 and found.corners is not None
    assert found.corners[:2] == pytest.approx(SLANTED[:2], abs=0.7)  # 640 rows hold the sides less firmly than 880
    assert found.corners[2:, 1].min() == pytest.approx(640, abs=1)


def test_four_lines_are_corners_clockwise_from_the_upper_left():
    lines = [np.array(line, float) for line in ((0, -1, 90), (1, 0, -10), (-1, 0, 70), (0, 1, -20))]
    assert np.array(completed(lines, 100, 100)).tolist() == [[10, 20], [70, 20], [70, 90], [10, 90]]


def test_lines_that_bound_nothing_are_no_corners():
    parallel = [np.array(line, float) for line in ((1, 0, -10), (-1, 0, 70))]
    assert completed(parallel, 100, 100) is None
    assert completed(parallel[:1], 100, 100) is None


def test_a_sheet_seen_from_aslant_has_its_own_proportions():
    flat = np.array([[-0.6, -0.8, 0], [0.6, -0.8, 0], [0.6, 0.8, 0], [-0.6, 0.8, 0]])
    turn, _ = cv2.Rodrigues(np.array([0.45, -0.3, 0.1]))  # radians about three axes
    x, y, depth = (flat @ turn.T + [0, 0, 3]).T
    corners = np.stack([x, y], axis=1) / depth[:, None] * 1080 + [500, 600]
    width, height = shape(corners, 1000, 1200)
    assert width / height == pytest.approx(0.75, rel=0.01)  # the focal length is told from the corners


def test_light_is_even_afterwards_and_paper_is_white():
    level = illumination.levelled(np.ascontiguousarray(photo(sheet()[0], SLANTED)[150:700, 200:560, :3]))
    blank = level[480:540, 20:340]
    assert np.median(blank, axis=(0, 1)) == pytest.approx([illumination.WHITE] * 3, abs=ROUNDED)
    assert (
        np.abs(np.median(blank[:, :80], axis=(0, 1)) - np.median(blank[:, -80:], axis=(0, 1))).max() <= 4
    )  # of 100, by which light falls


@pytest.mark.parametrize("paper", [{}, {"ruled": True}, {"dotted": True}], ids=["blank", "ruled", "dotted"])
def test_what_is_drawn_comes_out_as_wide_as_it_was_drawn(paper):
    picture, marks = sheet(**paper)
    cleaned = drawn(photo(picture), Cleaning("transparent"))
    assert agreement(cleaned, marks) > 0.95  # a tenth of a pixel at each edge of a stroke is 3 %


def test_ruled_lines_go_and_strokes_across_them_stay():
    picture, _ = sheet(ruled=True)
    level = illumination.levelled(cv2.GaussianBlur(picture, (0, 0), 0.8))
    blank, count, _ = rulings.removed(level)
    assert count == 24
    between, on, stroke = blank[700, 300], blank[700 // 32 * 32 + 8, 300], blank[570, 120]
    assert np.abs(between.astype(int) - on).max() <= 8  # of 53: a line's middle is known to a fraction of a pixel
    assert stroke.max() < 50


def test_ruled_lines_stay_where_that_is_wished():
    cleaned = drawn(photo(sheet(ruled=True)[0]), Cleaning("transparent", unruled=False))
    assert (cleaned.pixels[..., 3] > 127).mean() > 0.06 and cleaned.lines == 0  # what is drawn is 0.05


def test_lines_that_somebody_drew_are_no_rulings():
    assert rulings.removed(illumination.levelled(sheet()[0]))[1] == 0


def test_colours_stay_and_pencil_becomes_black_by_strength_alone():
    red = drawn(photo(sheet(ink=RED)[0]), Cleaning())
    r, g, b, _ = color_at(red, 120, 570)
    assert r > 170 and max(g, b) < 70
    r, g, b, _ = color_at(red, 180, 220)
    assert min(r, g) > 200 and b < 90  # the fill's yellow
    pencil = sheet(ink=(130, 128, 124))[0]
    faint, full = (drawn(photo(pencil), Cleaning(strength=strength)) for strength in (0.0, 1.0))
    assert color_at(faint, 120, 570)[:3] == pytest.approx([140] * 3, abs=20)  # 130 of 236, where paper is 255
    assert color_at(full, 120, 570)[:3].mean() < color_at(faint, 120, 570)[:3].mean() - 40


def test_pencil_beside_a_coloured_fill_becomes_black_and_the_fill_stays_as_pale():
    cleaned = drawn(photo(sheet(ink=(130, 128, 124))[0]), Cleaning())
    assert color_at(cleaned, 120, 570)[:3].max() < 60
    assert color_at(cleaned, 180, 220)[:3].tolist() == pytest.approx([255, 240, 74], abs=12)  # as on white paper


def test_a_shadow_with_a_hard_edge_is_no_ink():
    picture, marks = sheet()
    light = np.ones((HEIGHT, WIDTH, 1), np.float32)
    light[:, 330:] = 0.6
    shaded = picture * cv2.GaussianBlur(light, (0, 0), 3)[..., None]
    assert agreement(drawn(photo(shaded.round().astype(np.uint8)), Cleaning("transparent")), marks) > 0.95  # as without


def cast(shape):
    """Where a shadow falls on the sheet: float32 [H, W] of 0 and 1."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    if shape == "hand":
        cv2.ellipse(mask, (400, 560), (120, 150), 20, 0, 360, 1, -1)
        for k in range(4):
            cv2.line(mask, (340 + 40 * k, 540), (270 + 50 * k, 330), 1, 30)
    elif shape == "telephone":
        cv2.fillConvexPoly(mask, np.array([[250, 330], [450, 270], [520, 520], [320, 580]], np.int32), 1)
    elif shape == "beside the drawing":
        cv2.ellipse(mask, (300, 390), (150, 55), 10, 0, 360, 1, -1)
    return mask


@pytest.mark.parametrize(
    ("shape", "softness", "darkness"),
    [
        ("hand", 3, 0.2),
        ("hand", 4, 0.35),
        ("hand", 12, 0.5),
        ("telephone", 1.5, 0.3),
        ("telephone", 2.5, 0.4),
        ("beside the drawing", 5, 0.45),
    ],
)
def test_a_shadow_cast_in_the_midst_of_a_sheet_is_no_ink(shape, softness, darkness):
    picture, marks = sheet()
    shaded = picture * (1 - darkness * cv2.GaussianBlur(cast(shape), (0, 0), softness))[..., None]
    assert agreement(drawn(photo(shaded.round().astype(np.uint8)), Cleaning("transparent")), marks) > 0.95  # as without


@pytest.mark.parametrize("outline", [False, True], ids=["bare", "outlined"])
@pytest.mark.parametrize("grey", [(190, 184, 168), (150, 145, 133), (112, 108, 99)], ids=["pale", "middle", "dark"])
def test_a_grey_fill_is_ink_and_no_shadow(grey, outline):
    picture, marks = sheet()
    for canvas, fill, line in ((picture, grey, BLACK), (marks := marks.astype(np.uint8), 1, 1)):
        cv2.circle(canvas, (300, 480), 110, fill, -1)
        if outline:
            cv2.circle(canvas, (300, 480), 110, line, 7)
            cv2.line(canvas, (300, 480), (300, 750), line, 7)
            cv2.line(canvas, (250, 480), (120, 330), line, 7)
    assert agreement(drawn(photo(picture), Cleaning("transparent")), marks > 0) > 0.95


def test_a_folded_sheet_is_one_page():
    picture, marks = sheet()
    light = np.ones((HEIGHT, WIDTH, 1))
    light[HEIGHT // 2 :] -= 0.12
    light[:, WIDTH // 2 :] -= 0.07
    folded = photo((picture * light).round().astype(np.uint8))
    cleaned = drawn(folded, Cleaning("transparent"))
    assert cleaned.corners == pytest.approx(SLANTED, abs=0.7)  # beside a fold a side is seen less well
    assert agreement(cleaned, marks) > 0.94


def test_the_shadow_between_two_pages_is_no_ink_and_what_is_drawn_across_it_stays():
    picture, marks = sheet()
    away = np.abs(np.arange(WIDTH) - 310)
    shaded = picture * (1 - 0.55 * np.exp(-away / 12))[None, :, None]
    cleaned = drawn(photo(shaded.round().astype(np.uint8)), Cleaning("transparent"))
    assert cleaned.corners == pytest.approx(SLANTED, abs=0.7)
    assert agreement(cleaned, marks) > 0.94


@pytest.mark.parametrize("width", [3, 12, 30])
def test_a_stroke_from_end_to_end_is_no_shadow_between_pages(width):
    page = np.full((HEIGHT, WIDTH, 3), illumination.WHITE, np.uint8)
    page[:, 300 : 300 + width] = 40
    soft = cv2.GaussianBlur(page, (0, 0), 1.5)
    assert np.array_equal(gutter.lightened(soft), soft)


def test_chalk_on_a_blackboard_is_drawn_dark_in_its_own_hue():
    picture, marks = sheet()
    board = np.full_like(picture, (42, 60, 51))
    board[marks] = (225, 224, 219)
    cv2.rectangle(board, (120, 480), (470, 660), (235, 215, 130), 8)
    light = np.linspace(1.0, 0.6, WIDTH)[None, :, None]
    seen = cv2.GaussianBlur(board * light, (0, 0), 0.8) + np.random.default_rng(7).normal(0, 3, board.shape)
    cleaned = drawn(opaque(np.clip(np.rint(seen), 0, 255).astype(np.uint8)), Cleaning("transparent"))
    assert agreement(cleaned, marks) > 0.94
    assert color_at(cleaned, 480, 260)[:3].max() < 100  # where a third of the light is missing
    red, green, blue, _ = color_at(cleaned, 120, 570)
    assert min(red, green) > blue + 40  # yellow


def test_the_ground_is_white_or_nothing():
    white, clear = (drawn(photo(sheet()[0]), Cleaning(ground)) for ground in ("white", "transparent"))
    assert color_at(white, 300, 420).tolist() == [255, 255, 255, 255]
    assert color_at(clear, 300, 420)[3] == 0
    with pytest.raises(UnknownName, match=r"Ground 'blue' is unknown. Known: white, transparent\."):
        drawn(photo(sheet()[0]), Cleaning("blue"))


def test_a_photo_that_isnt_straightened_keeps_its_shape_and_loses_its_table():
    cleaned = drawn(photo(sheet()[0]), Cleaning("transparent", straighten=False))
    height, width = cleaned.pixels.shape[:2]
    assert width / height == pytest.approx(SEEN[0] / SEEN[1], abs=0.001)  # whole pixels
    assert not cleaned.pixels[: height // 12, :, 3].any()
    assert cleaned.report()["page"] is not None


def test_what_is_transparent_in_a_photo_counts_as_white():
    hole = photo(sheet()[0])
    hole[300:310, 300:310] = 0
    shown = hole.copy()
    shown[300:310, 300:310] = 255
    assert np.array_equal(drawn(hole, Cleaning()).pixels, drawn(shown, Cleaning()).pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (9, 2), (64, 64), (700, 3)])
def test_any_size_will_do_and_a_blank_picture_has_nothing_on_it(size):
    cleaned = drawn(np.full((*size, 4), 255, np.uint8), Cleaning("transparent"))
    assert not cleaned.pixels[..., 3].any()
    assert cleaned.report()["page"] is None and cleaned.report()["ink"] == 0


def test_noise_is_that_of_the_grain_and_not_of_lines():
    grain = np.random.default_rng(3).normal(60, 4, (400, 400))
    grain[::40] = 200
    assert ink.noise(np.clip(grain, 0, 255).astype(np.uint8)) == pytest.approx(4, rel=0.15)  # one sample of it


def test_a_batch_is_as_large_as_its_largest_drawing():
    small, large = (drawn(np.full((*size, 4), 255, np.uint8), Cleaning()) for size in ((80, 60), (60, 80)))
    batch = stacked([small, large], "white")
    assert batch.shape == (2, 1536, 1536, 4) and (batch == 255).all()
    assert not stacked([small, large], "transparent")[0, :, 0, 3].any()
