import os
import time

__version__ = "0.1.0"


def _others_running() -> int:
    "Count the threads of other processes that want a core: the least of three looks, 0 where it cannot be known"
    looks = []
    for wait in (0, .005, .005):
        time.sleep(wait)
        try:
            with open('/proc/loadavg') as f: looks.append(int(f.read().split()[3].split('/')[0])-1)
        except OSError: return 0
    return min(looks)


# Waiting threads spin: long where all cores are free, because steps have many short parallel parts, and briefly
# where others need the cores. PyTorch reads this when it is loaded.
if 'GOMP_SPINCOUNT' not in os.environ: os.environ['GOMP_SPINCOUNT'] = '1000' if _others_running() else '10000'
