"""How far a picture in few colours is from its original, as an eye at a distance sees it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pixart_nodes.pixel.color import spaces

Floats = NDArray[np.float64]

SAMPLES_PER_DEGREE = 30  # a 24-inch full-HD screen at arm's length
# X. Zhang, B. A. Wandell, "A spatial extension of CIELAB" (1996): opponent colours, and the Gaussians (weight, degrees)
# that blur each of the three as the eye does.
OPPONENT = np.array([[0.279, 0.72, -0.107], [-0.449, 0.29, -0.077], [0.086, -0.59, 0.501]])
BLURS = (
    ((0.921, 0.0283), (0.105, 0.133), (-0.108, 4.336)),
    ((0.531, 0.0392), (0.330, 0.494)),
    ((0.488, 0.0536), (0.371, 0.386)),
)
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def s_cielab(original: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Mean CIE76 difference of both pictures [H, W, 3] after the eye's blur; 0 is equal, 1 just visible."""
    apart = _seen(original) - _seen(shown)
    return float(np.sqrt((apart * apart).sum(axis=-1)).mean())


def hvs_psnr(original: NDArray[np.uint8], shown: NDArray[np.uint8], sigma: float = 1.5) -> float:
    """Signal to noise in dB after a Gaussian of `sigma` pixels in linear light, compared in sRGB; more is better."""
    from scipy.ndimage import gaussian_filter

    one, other = (gaussian_filter(spaces.linear(each), (sigma, sigma, 0)) for each in (original, shown))
    error = ((spaces.encoded(one) - spaces.encoded(other)) ** 2).mean() / 255**2
    return float(-10 * np.log10(max(error, 1e-12)))


def oklab_error(picture: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Mean OKLab distance of pixels x 100; about 2 is just visible."""
    apart = spaces.oklab(picture) - spaces.oklab(shown)
    return float(100 * np.sqrt((apart * apart).sum(axis=-1)).mean())


def worst_patch(picture: NDArray[np.uint8], shown: NDArray[np.uint8], pixels: int) -> float:
    """The greatest OKLab distance x 100 that every pixel of a patch is off by, of so many that touch by their sides."""
    from skimage.morphology import area_opening

    apart = spaces.oklab(picture) - spaces.oklab(shown)
    # A background of zeros around it: at the border of a picture too, a patch is a peak.
    errors = np.pad(100 * np.sqrt((apart * apart).sum(axis=-1)), 1)
    return float(area_opening(errors, pixels, connectivity=1).max())


def _seen(rgb: NDArray[np.uint8]) -> Floats:
    """CIELAB [H, W, 3] of what is left after the blur of each opponent channel."""
    from scipy.ndimage import gaussian_filter

    planes = np.moveaxis(spaces.linear(rgb) @ (OPPONENT @ XYZ).T, -1, 0)
    blurred = np.empty_like(planes)
    for channel, parts in enumerate(BLURS):
        whole = sum(weight for weight, _ in parts)
        blurred[channel] = sum(  # a spread is where exp(-(x/s)²) falls to 1/e; a Gaussian's sigma is s/sqrt 2
            weight / whole * gaussian_filter(planes[channel], spread * SAMPLES_PER_DEGREE / np.sqrt(2), truncate=3)
            for weight, spread in parts
        )
    xyz = np.moveaxis(blurred, 0, -1) @ np.linalg.inv(OPPONENT).T
    t = np.maximum(xyz / XYZ.sum(axis=1), 0)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)
