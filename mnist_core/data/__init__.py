"""Digits as tensors: MNIST, the small embedded set, drawings; and the one door for pixels."""
