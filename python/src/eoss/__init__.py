"""eoss: the sharpness of your model, in your loop, on your device.

>>> import eoss
>>> eoss.measure(model, loss_fn, data, "fullbs")
"""

from ._api import measure, verify
from ._errors import EossError
from ._measurement import Measurement
from ._monitor import Monitor

__version__ = "0.0.0"
__all__ = ["EossError", "Measurement", "Monitor", "measure", "verify"]
