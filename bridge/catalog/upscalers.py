"""The upscalers that AUTOMATIC1111 comes with: clients' names for them, and their files. Pure."""

from __future__ import annotations

from bridge.catalog.model_sets import built_in
from bridge.catalog.models import named, stem

UPSCALER_FOLDER = "models/upscale_models"
FILE_BY_NAME = {  # name -> file; empty for an upscaler that ComfyUI can't run
    "R-ESRGAN 4x+": "RealESRGAN_x4plus.pth",
    "R-ESRGAN 4x+ Anime6B": "RealESRGAN_x4plus_anime_6B.pth",
    "R-ESRGAN 2x+": "RealESRGAN_x2plus.pth",
    "R-ESRGAN General 4xV3": "realesr-general-x4v3.pth",
    "R-ESRGAN General WDN 4xV3": "realesr-general-wdn-x4v3.pth",
    "R-ESRGAN AnimeVideo": "realesr-animevideov3.pth",
    "ESRGAN_4x": "ESRGAN_4x.pth",
    "4x-UltraSharp": "4x-UltraSharp.pth",
    "BSRGAN": "BSRGAN.pth",
    "DAT x2": "DAT_x2.pth",
    "DAT x3": "DAT_x3.pth",
    "DAT x4": "DAT_x4.pth",
    "SwinIR 4x": "SwinIR_4x.pth",
    "SwinIR_4x": "SwinIR_4x.pth",
    "ScuNET": "scunet_color_real_gan.pth",
    "ScuNET PSNR": "scunet_color_real_psnr.pth",
    "LDSR": "",
}
DEFAULT_UPSCALERS = ("R-ESRGAN 4x+", "R-ESRGAN 4x+ Anime6B")  # the names in clients' own defaults
_BY_NAME = {name.lower(): name for name in FILE_BY_NAME}


def file_of(name: str, files: tuple[str, ...]) -> str | None:
    """The file of an upscaler by the file's own name, or by AUTOMATIC1111's; None for one that isn't here."""
    usual = FILE_BY_NAME.get(_BY_NAME.get(name.lower(), ""), "")
    return named(name, files) or (named(usual, files) or named(stem(usual), files) if usual else None)


def advice(name: str) -> str | None:
    """A sentence that says how to get an upscaler of AUTOMATIC1111; None for a name that AUTOMATIC1111 doesn't have."""
    usual = _BY_NAME.get(name.lower())
    if usual is None:
        return None
    file = FILE_BY_NAME[usual]
    if not file:
        return "ComfyUI can't run it."
    command = built_in().command("upscale_models", lambda other: stem(other) == stem(file))
    return f"Put {file} into {UPSCALER_FOLDER} to have it{f', or run `{command}`' if command else ''}."
