import os

__version__ = "0.1.0"

# Waiting threads spin only briefly, so that shared cores are left to other work. PyTorch reads this when it is loaded.
os.environ.setdefault('GOMP_SPINCOUNT', '10000')
