"""Fast forms of heavy steps: the seam that picks them, the processor's cores, and the kernels that numba compiles."""
