"""Writes the files of test/fixtures with the programs whose files people have.

pip install numpy pandas pyarrow pillow safetensors scipy torch scikit-learn; python scripts/make-fixtures.py

Sample i of 24 has the image [8, 6, 3] with pixel (31 i + 17 h + 7 w + 53 c) mod 256, and class i mod 3.
"""

import gzip
import io
import struct
from pathlib import Path

import numpy as np

root = Path(__file__).parent.parent / "test" / "fixtures"
root.mkdir(exist_ok=True)
n = 24
i, h, w, c = np.ogrid[:n, :8, :6, :3]
x = ((31 * i + 17 * h + 7 * w + 53 * c) % 256).astype(np.uint8)
y = np.arange(n) % 3

# NumPy: every type, both byte orders, both orders of axes.
small = np.arange(6).reshape(2, 3)
arrays = {t[1:] + ("be" if t[0] == ">" else ""): small.astype(t) for t in
          ["<i1", "<i2", "<i4", "<i8", "<u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", ">i2", ">i8", ">f2", ">f4", ">f8", ">u4"]}
np.savez(root / "types.npz", **arrays, bool=small % 2 == 1, fortran=np.asfortranarray(small.astype("<f4")),
         negative=np.array([-1, -2**40, 2**53 - 1]), huge=np.array([2**60]),
         halves=np.array([1.5, -2.25, 6e-8, 65504, 0.1], dtype="<f2"), names=np.array(["cat", "dög", "a"]))
np.savez(root / "images.npz", x_train=x[:18], y_train=y[:18], x_test=x[18:], y_test=y[18:])
np.savez_compressed(root / "packed.npz", images=x, labels=y)
np.save(root / "x.npy", x)
np.save(root / "y.npy", y)
