"""The pure core: numpy arrays in, numpy arrays out.

Nothing here knows ComfyUI, torch, Pillow or the file system; it imports numpy, the standard library and
itself. Pictures are uint8 [H, W, 4] with straight alpha; colours are uint8 [N, 3] sRGB.
"""
