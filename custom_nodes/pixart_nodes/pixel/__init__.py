"""The pure core: numpy arrays in, numpy arrays out.

Nothing here knows ComfyUI, torch, Pillow or the file system; it imports numpy, the standard library and
itself; `clean/paper` imports OpenCV too, when a photo is cleaned.
Pictures are uint8 [H, W, 4] with straight alpha; colours are uint8 [N, 3] sRGB.
"""
