"""Lets one client do all that it can against a server: `python drive.py CLIENT URL PNG_FILE`.

The last line that it prints is what came back, as JSON; what was drawn lies in the folder of the PNG file.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path


def oobabot(url: str, _: Path) -> dict[str, object]:
    """The Discord bot's own client, with its default settings, as its users ask it for pictures."""
    from oobabot.sd_client import StableDiffusionClient
    from oobabot.settings import Settings

    settings = {
        "stable_diffusion_url": url,
        "extra_prompt_text": "pixel art",
        "request_params": {**Settings.DEFAULT_SD_REQUEST_PARAMS, "steps": 2},
        "user_override_params": Settings.DEFAULT_SD_USER_OVERRIDE_PARAMS,
    }

    async def draw():
        async with StableDiffusionClient(settings, Settings.SD_CLIENT_MAGIC_MODEL_KEY) as client:
            await client.setup()
            asked = (
                "a tree seed=5",
                "a tree seed=5",
                "a tree seed=6",
                'a tree seed=5 sampler="Euler a" model=tiny_sd15',
            )
            pictures = [await client.generate_image(f"{prompt} width=64 height=72") for prompt in asked]
            pictures.append(await client.generate_image("a tree seed=5 width=64 height=72", is_channel_nsfw=True))
            return {
                "samplers": client.sd_samplers,
                "models": client.sd_models,
                "pictures": [base64.b64encode(picture).decode() for picture in pictures],
            }

    return asyncio.run(draw())


def mpapi_webui(url: str, file: Path) -> dict[str, object]:
    """Two addresses at once, each asked by a process of its own."""
    from mpwebui.mpapi import MPAPI

    both = MPAPI([url, url.replace("127.0.0.1", "localhost")])
    small = {"prompt": "a tree", "steps": 2, "width": 64, "height": 64, "seed": 5}
    made = [file.with_name(name) for name in ("txt2img.png", "again.png", "img2img.png")]
    both.call_txt2img({**small, "batch_size": 1}, str(made[0]))
    both.call_txt2img({**small, "batch_size": 1}, str(made[1]))
    both.call_img2img({**small, "denoising_strength": 0.5}, str(file), str(made[2]))
    while both.emtpy_done_process():
        pass
    return {"made": [str(each) for each in made]}


CLIENTS = {"oobabot": oobabot, "mpapi-webui": mpapi_webui}

if __name__ == "__main__":
    client, url, file = sys.argv[1:]
    sys.stdout.write(json.dumps(CLIENTS[client](url, Path(file))) + "\n")
