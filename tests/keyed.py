"""Requests with keys, to a server whose jobs wait because there is no ComfyUI."""

import base64

from sketches import SKETCHES

from bridge.core.settings import Settings

PIXART, SKETCH = "/api/pixel-generation", SKETCHES["transparent, as large as asked"]()
NOWHERE = "http://127.0.0.1:9"  # no ComfyUI: jobs wait


def settings(folder, comfyui_url=NOWHERE, **more):
    return Settings(_env_file=None, data=folder, comfyui_url=comfyui_url, **more)


def sketch(id, **more):
    data = base64.b64encode(SKETCH).decode()
    return {"id": id, "sketchData": data, "prompt": "", "width": 16, "height": 16, **more}


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}
