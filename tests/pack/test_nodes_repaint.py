"""The nodes around a model, inside ComfyUI: kept pixels are kept to the byte, and the sampler gets the right mask."""

import io
import itertools
import urllib.error

import numpy as np
import pytest
import torch
from PIL import Image
from pixart_nodes.fitting import fitted
from pixart_nodes.pixel.edit import repaint
from pixart_nodes.pixel.palette.transfer import transferred
from pixart_nodes.pixel.resize import frame
from safetensors.torch import load

pytestmark = pytest.mark.comfy

SEED = 2**40 + 7
RUNS = itertools.count()
SCALE = 0.18215  # of SD 1.5's latents
ROOM = np.random.default_rng(11)
PHOTO = ROOM.integers(0, 256, (90, 130, 3), dtype=np.uint8)
CUTOUT = np.dstack([PHOTO, np.where(ROOM.random((90, 130)) < 0.4, 0, 255).astype(np.uint8)])
MASK = np.zeros((90, 130), np.uint8)
MASK[30:60, 40:80] = 255
AREAS = [("whole picture", 64, 96), ("only masked", 96, 64)]


def node(kind, **inputs):
    """A node of a prompt; a string that starts with > is a link: >name, or >name:1 for its second output."""
    return {"class_type": kind, "inputs": {name: link(value) for name, value in inputs.items()}}


def link(value):
    if not (isinstance(value, str) and value.startswith(">")):
        return value
    name, _, output = value[1:].partition(":")
    return [name, int(output or 0)]


@pytest.fixture(scope="module")
def sources(comfy):
    """Nodes that give the pictures above, and a checkpoint."""
    for name, pixels in {"photo": PHOTO, "cutout": CUTOUT, "mask": MASK}.items():
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, "PNG")
        comfy.put_input(f"repaint/{name}.png", data.getvalue())
    return {
        "photo": node("LoadImage", image="repaint/photo.png"),
        "cutout": node("PixartLoadImage", image="repaint/cutout.png"),
        "mask": node("PixartLoadImage", image="repaint/mask.png"),
        "black": node("EmptyImage", width=8, height=8, batch_size=1, color=0),
        "white": node("EmptyImage", width=8, height=8, batch_size=1, color=0xFFFFFF),
        "checkpoint": node("CheckpointLoaderSimple", ckpt_name="tiny_sd15.ckpt"),
    }


@pytest.fixture
def made(comfy, sources):
    """Run nodes and return the pictures of those whose name starts with "out", uint8 [B, H, W, C], in order."""

    def run(**nodes):
        files = saved(comfy, {**sources, **nodes}, "SaveImage", "images", "images")
        return [np.stack([np.array(Image.open(io.BytesIO(data))) for data in batch]) for batch in files]

    return run


def latents(comfy, sources, **nodes):
    """The same for latents."""
    return [
        load(data)["latent_tensor"]
        for (data,) in saved(comfy, {**sources, **nodes}, "SaveLatent", "samples", "latents")
    ]


def saved(comfy, nodes, kind, wire, key):
    """Run nodes, and the bytes of all files saved for each of those whose name starts with "out"."""
    run = next(RUNS)  # ComfyUI doesn't run the same output node twice
    names = [name for name in nodes if name.startswith("out")]
    saves = {f"save {n}": node(kind, filename_prefix=f"repaint/{run}/{n}", **{wire: f">{n}"}) for n in names}
    entry = comfy.run({**needed(nodes, saves), **saves})
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    return [[comfy.output(one) for one in entry["outputs"][save][key]] for save in saves]


def needed(nodes, wanted):
    """The nodes that others hang on."""
    found, rest = (
        {},
        [value[0] for one in wanted.values() for value in one["inputs"].values() if isinstance(value, list)],
    )
    while rest:
        name = rest.pop()
        found[name] = nodes[name]
        rest += [value[0] for value in nodes[name]["inputs"].values() if isinstance(value, list)]
    return found


def area_of(image, mask=">mask", **more):
    standard = {
        "width": 64,
        "height": 64,
        "area": "whole picture",
        "padding": 4,
        "blur": 2.0,
        "invert": False,
        "fill": "original",
        "fit": "stretch",
    }
    return node("PixartRepaintArea", image=image, mask=mask, **{**standard, **more})


@pytest.mark.parametrize("fit", frame.FITS)
@pytest.mark.parametrize(("name", "pixels"), [("photo", PHOTO), ("cutout", CUTOUT)])
def test_fit_is_pillows_lanczos_in_the_frame_and_keeps_the_channels(made, name, pixels, fit):
    (out,) = made(out=node("PixartFit", image=f">{name}", width=77, height=64, fit=fit))
    assert np.array_equal(out[0], fitted(pixels, 77, 64, fit))


def test_an_opaque_picture_with_an_alpha_channel_gets_black_bars(made):
    (out,) = made(
        opaque=node("PixartLoadImage", image="repaint/photo.png"),
        out=node("PixartFit", image=">opaque", width=130, height=130, fit="contain"),
    )
    assert np.array_equal(out[0], np.dstack([fitted(PHOTO, 130, 130, "contain"), np.full((130, 130), 255)]))


@pytest.mark.parametrize("fit", frame.FITS)
def test_fit_at_the_same_size_and_finish_change_nothing(made, fit):
    one, other = made(
        out1=node("PixartFit", image=">cutout", width=130, height=90, fit=fit),
        out2=node("PixartFinish", image=">cutout", width=130, height=90, denoise=1.0),
    )
    assert np.array_equal(one[0], CUTOUT) and np.array_equal(other[0], CUTOUT)


@pytest.mark.parametrize(("area", "width", "height"), AREAS)
@pytest.mark.parametrize(("name", "pixels"), [("photo", PHOTO), ("cutout", CUTOUT)])
def test_what_is_kept_comes_back_to_the_byte(made, area, width, height, name, pixels):
    blurred = repaint.blurred(MASK, 2)
    (out,) = made(
        area=area_of(f">{name}", width=width, height=height, area=area),
        drawn=node("ImageInvert", image=">area"),
        out=node("PixartRepaintPaste", image=">drawn", region=">area:2", denoise=1.0),
    )
    if area == "whole picture":
        pixels, blurred = fitted(pixels, width, height, "stretch"), fitted(blurred, width, height, "stretch")
    assert out[0].shape == pixels.shape
    assert np.array_equal(out[0][blurred == 0], pixels[blurred == 0])
    assert not np.array_equal(out[0], pixels)


@pytest.mark.parametrize(("area", "width", "height"), AREAS)
@pytest.mark.parametrize("mask", ["black", "white", "mask"])
def test_denoise_0_gives_the_original_back_and_so_does_a_black_mask_but_for_only_masked(
    made, area, width, height, mask
):
    """There, AUTOMATIC1111 draws the whole picture anew instead."""
    back, drawn = made(
        area=area_of(">cutout", f">{mask}", width=width, height=height, area=area),
        new=node("ImageInvert", image=">area"),
        out1=node("PixartRepaintPaste", image=">new", region=">area:2", denoise=0.0),
        out2=node("PixartRepaintPaste", image=">new", region=">area:2", denoise=1.0),
    )
    part = area == "only masked" and mask != "black"
    original = CUTOUT if part else fitted(CUTOUT, width, height, "stretch")
    assert np.array_equal(back[0], original)
    assert np.array_equal(drawn[0], original) == (mask == "black" and area == "whole picture")


@pytest.mark.parametrize(("mask", "count"), [("black", 1), ("mask", 0)])
def test_a_blank_mask_is_reported(comfy, sources, mask, count):
    nodes = {**sources, "area": area_of(">photo", f">{mask}", area="only masked", padding=7)}
    save = {"save": node("SaveImage", filename_prefix="repaint/blank", images=">area")}
    outputs = comfy.run({**needed(nodes, save), **save})["outputs"]
    remarks = ["The mask is blank, so the whole picture was redrawn."] * count
    assert [one for report in outputs.get("area", {}).get("pixart", []) for one in report["remarks"]] == remarks


@pytest.mark.parametrize("fill", repaint.FILLS)
def test_the_model_starts_from_the_picture_or_from_the_colours_around(made, fill):
    picture, mask = made(
        area=area_of(">photo", width=130, height=90, fill=fill),
        out1=node("PixartFit", image=">area", width=130, height=90, fit="stretch"),
        out2=node("MaskToImage", mask=">area:1"),
    )
    blurred = repaint.blurred(MASK, 2)
    assert np.array_equal(mask[0][..., 0], blurred)
    assert np.array_equal(picture[0], PHOTO if fill == "original" else repaint.filled(PHOTO, blurred))


@pytest.mark.parametrize("area", ["whole picture", "only masked"])
def test_a_mask_as_the_mask_editor_gives_it_is_taken_as_its_picture_is(area, made):
    painted, drawn = made(
        mask_alone=node("ImageToMask", image=">mask", channel="red"),
        painted=area_of(">photo", ">mask_alone", area=area, fill="fill"),
        drawn=area_of(">photo", area=area, fill="fill"),
        out1=node("ImageBatch", image1=">painted", image2=">painted_mask"),
        out2=node("ImageBatch", image1=">drawn", image2=">drawn_mask"),
        painted_mask=node("MaskToImage", mask=">painted:1"),
        drawn_mask=node("MaskToImage", mask=">drawn:1"),
    )
    assert len(painted) == 2
    assert np.array_equal(painted, drawn)


def test_invert_swaps_what_is_kept(made):
    (mask,) = made(
        area=area_of(">photo", width=130, height=90, invert=True, blur=0),
        out=node("MaskToImage", mask=">area:1"),
    )
    assert np.array_equal(mask[0][..., 0], 255 - MASK)


def test_several_drawings_of_one_region_and_several_pictures_with_one_mask(made):
    pasted, fits = made(
        twins=node("RepeatImageBatch", image=">photo", amount=2),
        area=area_of(">twins", area="only masked"),
        one=area_of(">photo", area="only masked"),
        other=node("ImageInvert", image=">one"),
        drawn=node("ImageBatch", image1=">one", image2=">other"),
        out1=node("PixartRepaintPaste", image=">drawn", region=">one:2", denoise=1.0),
        out2=node("PixartRepaintPaste", image=">drawn", region=">area:2", denoise=1.0),
    )
    assert len(pasted) == 2 and not np.array_equal(pasted[0], pasted[1])
    assert np.array_equal(pasted, fits)


def encoded(image=">photo", **more):
    """The mask and the latent of a whole picture, and the latent under the mask as "out"."""
    return {
        "area": area_of(image, width=64, height=64, **more),
        "latent": node("VAEEncode", pixels=">area", vae=">checkpoint:2"),
    }


def cells():
    """The cells of a latent of 8 x 8 that AUTOMATIC1111 draws: bicubic in bytes, then rounded."""
    small = Image.fromarray(fitted(repaint.blurred(MASK, 2), 64, 64, "stretch")).resize(
        (8, 8), Image.Resampling.BICUBIC
    )
    return torch.from_numpy(np.around(np.array(small) / 255)).bool()


@pytest.mark.parametrize("model", [False, True])
def test_noise_and_nothing_replace_the_latent_under_the_mask_only(comfy, sources, model):
    more = {"model": ">checkpoint"} if model else {}
    plain, *filled = latents(
        comfy,
        sources,
        **encoded(),
        out1=node("VAEEncode", pixels=">area", vae=">checkpoint:2"),
        **{
            f"out {fill}": node("PixartRepaintLatent", samples=">latent", mask=">area:1", fill=fill, seed=SEED, **more)
            for fill in repaint.FILLS
        },
    )
    original, fill, noise, nothing = filled
    under = cells().expand_as(plain)
    expected = torch.randn(plain.shape, generator=torch.manual_seed(SEED)) / SCALE
    assert under.any() and not under.all()
    assert torch.equal(original, plain) and torch.equal(fill, plain)
    assert torch.equal(noise[under], expected[under]) and torch.equal(noise[~under], plain[~under])
    assert (nothing[under] == 0).all() and torch.equal(nothing[~under], plain[~under])


def sampled(latent):
    return node(
        "PixartSampler",
        model=">checkpoint",
        positive=">prompt",
        negative=">prompt",
        latent_image=latent,
        seed=SEED,
        steps=4,
        cfg=3.0,
        sampler_name="euler",
        scheduler="normal",
        denoise=0.9,
        arithmetic="tail",
        variation_seed=0,
        variation_strength=0.0,
    )


@pytest.mark.parametrize("mask", ["mask", "black", "white"])
def test_the_sampler_changes_the_latent_under_the_mask_only(comfy, sources, mask):
    plain, drawn = latents(
        comfy,
        sources,
        **encoded(mask=f">{mask}"),
        out1=node("VAEEncode", pixels=">area", vae=">checkpoint:2"),
        prompt=node("CLIPTextEncode", text="a castle", clip=">checkpoint:1"),
        masked=node("PixartRepaintLatent", samples=">latent", mask=">area:1", fill="original", seed=SEED),
        out2=sampled(">masked"),
    )
    under = {"mask": cells(), "black": torch.zeros(8, 8).bool(), "white": torch.ones(8, 8).bool()}[mask]
    under = under.expand_as(plain)
    # The sampler multiplies by the model's scale and divides again, in 32 bits.
    assert torch.allclose(drawn[~under], plain[~under], atol=1e-4)
    assert not torch.isclose(drawn[under], plain[under], atol=1e-4).all() or mask == "black"


def test_a_mask_finer_than_the_latent_still_draws_something(comfy, sources):
    plain, nothing = latents(
        comfy,
        sources,
        **encoded(mask=">dot", blur=0.0),
        left=node("SolidMask", value=0.0, width=64, height=64),
        point=node("SolidMask", value=1.0, width=2, height=2),
        both=node("MaskComposite", destination=">left", source=">point", x=19, y=35, operation="add"),
        dot=node("MaskToImage", mask=">both"),
        out1=node("VAEEncode", pixels=">area", vae=">checkpoint:2"),
        out2=node("PixartRepaintLatent", samples=">latent", mask=">area:1", fill="nothing", seed=0),
    )
    changed = (plain != nothing).any(dim=1)[0].nonzero().tolist()
    assert [4, 2] in changed and len(changed) <= 9


@pytest.mark.parametrize(("area", "width", "height"), AREAS)
@pytest.mark.parametrize("fill", repaint.FILLS)
def test_the_whole_chain_repaints_inside_and_keeps_outside(made, area, width, height, fill):
    (out,) = made(
        area=area_of(">photo", width=width, height=height, area=area, fill=fill),
        latent=node("VAEEncode", pixels=">area", vae=">checkpoint:2"),
        prompt=node("CLIPTextEncode", text="a castle", clip=">checkpoint:1"),
        masked=node(
            "PixartRepaintLatent", samples=">latent", mask=">area:1", fill=fill, seed=SEED, model=">checkpoint"
        ),
        sampled=sampled(">masked"),
        decoded=node("VAEDecode", samples=">sampled", vae=">checkpoint:2"),
        out=node("PixartRepaintPaste", image=">decoded", region=">area:2", denoise=0.9),
    )
    mask, photo = repaint.blurred(MASK, 2), PHOTO
    if area == "whole picture":
        mask, photo = fitted(mask, width, height, "stretch"), fitted(photo, width, height, "stretch")
    assert np.array_equal(out[0][mask == 0], photo[mask == 0])
    assert (out[0][mask == 255] != photo[mask == 255]).any(axis=1).mean() > 0.9


def test_finish_covers_crops_and_gives_the_original_back(made):
    cut, covered, original, fitted_original = made(
        out1=node("PixartFinish", image=">photo", width=100, height=90, denoise=1.0, original=">cutout"),
        out2=node("PixartFinish", image=">photo", width=240, height=240, denoise=0.5, original=">cutout"),
        small=node("PixartFit", image=">photo", width=64, height=64, fit="stretch"),
        two=node("RepeatImageBatch", image=">small", amount=2),
        out3=node("PixartFinish", image=">two", width=130, height=90, denoise=0.0, original=">cutout"),
        out4=node("PixartFinish", image=">two", width=40, height=40, denoise=0.0, original=">cutout"),
    )
    assert np.array_equal(cut[0], PHOTO[:, 15:115])
    assert np.array_equal(covered[0], fitted(PHOTO, 240, 240, "cover"))
    assert np.array_equal(original, np.stack([CUTOUT, CUTOUT]))
    assert np.array_equal(fitted_original[1], fitted(CUTOUT, 40, 40, "cover"))


@pytest.mark.parametrize("amount", [0.0, 0.7, 1.0])
@pytest.mark.parametrize(("name", "pixels"), [("photo", PHOTO), ("cutout", CUTOUT)])
def test_colours_come_from_the_style(made, name, pixels, amount):
    (out,) = made(
        both=node("RepeatImageBatch", image=f">{name}", amount=2),
        style=node("EmptyImage", width=8, height=8, batch_size=1, color=0xC8285A),
        out=node("PixartColorTransfer", image=">both", style=">style", amount=amount),
    )
    rgba = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])[..., :4] if pixels.shape[2] == 3 else pixels
    style = np.full((8, 8, 4), (200, 40, 90, 255), np.uint8)
    expected = transferred(rgba, style, amount)[..., : pixels.shape[2]]
    assert np.array_equal(out, np.stack([expected, expected]))


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (node("PixartFit", image=">photo", width=8, height=8, fit="Cover"), "Did you mean 'cover'"),
        (area_of(">photo", area="masked"), "only masked"),
        (area_of(">photo", fill="nois"), "Did you mean 'noise'"),
    ],
)
def test_a_wrong_choice_is_refused_with_a_hint(comfy, sources, wrong, hint):
    save = {"save": node("SaveImage", images=">wrong", filename_prefix="x")}
    with pytest.raises(urllib.error.HTTPError) as error:
        comfy.post("/prompt", {"prompt": {**needed({**sources, "wrong": wrong}, save), **save}})
    assert hint in error.value.read().decode()


def test_a_hint_for_inpainting_is_minus_1_where_the_mask_is_white(made):
    """Half of it and half of white is black there, which is half of 0 and 2: no saved picture shows it itself."""
    blend = {"blend_factor": 0.5, "blend_mode": "normal"}
    shown, mixed, plain = made(
        hint=node("PixartInpaintHint", image=">photo", mask=">mask"),
        out1=node("PixartInpaintHint", image=">photo", mask=">mask"),
        out2=node("ImageBlend", image1=">hint", image2=">white", **blend),
        out3=node("PixartInpaintHint", image=">photo", mask=">black"),
    )
    unknown = MASK > 127
    assert not mixed[0][unknown].any()
    assert mixed[0][~unknown].min() >= 127
    assert np.array_equal(shown[0], np.where(unknown[..., None], 0, PHOTO))
    assert np.array_equal(plain[0], PHOTO)
