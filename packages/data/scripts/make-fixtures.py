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

# Tables by pandas: features a, b, c; a class by name, a number to be predicted.
import pandas as pd

table = pd.DataFrame({"a": np.arange(n) / 4, "b": -np.arange(n) ** 2, "c": np.arange(n) % 2 == 1,
                      "species": np.array(["setosa", "virginica", "dög"])[y]})
table.to_csv(root / "flowers.csv", index=False)
table.drop(columns="c").to_csv(root / "indexed.csv")
table.to_csv(root / "flowers.tsv", index=False, sep="\t")
numbers = pd.DataFrame({"x1": np.arange(n) / 8, "x2": np.cos(np.arange(n)), "y": np.sin(np.arange(n)), "z": np.arange(n) * 1.5})
numbers.to_csv(root / "numbers.csv", index=False)
numbers.to_csv(root / "plain.csv", index=False, header=False)
table.drop(columns="c").to_parquet(root / "flowers.parquet", compression="zstd")

# A regression that scikit-learn brings, in the units in which its values were taken (Efron et al., 2004).
from sklearn.datasets import load_diabetes

load_diabetes(as_frame=True, scaled=False).frame.to_csv(root / "diabetes.csv", index=False)

# IDX as MNIST's files are.
folder = root / "idx"
folder.mkdir(exist_ok=True)
for split, part in [("train", slice(0, 18)), ("t10k", slice(18, n))]:
    images = x[part, :, :, 0]
    for name, data in [("images-idx3", images), ("labels-idx1", y[part].astype(np.uint8))]:
        head = struct.pack(">BBBB", 0, 0, 8, data.ndim) + struct.pack(f">{data.ndim}I", *data.shape)
        with open(folder / f"{split}-{name}-ubyte.gz", "wb") as file:
            file.write(gzip.compress(head + data.tobytes(), mtime=0))
(root / "floats.idx").write_bytes(struct.pack(">BBBBII", 0, 0, 13, 2, 4, 2) + np.arange(8, dtype=">f4").tobytes())
(root / "shorts.idx").write_bytes(struct.pack(">BBBBI", 0, 0, 11, 1, 4) + np.array([0, 1, 0, 1], dtype=">i2").tobytes())

# Images in folders, by Pillow.
from PIL import Image

for k, sample in enumerate(x):
    split = "train" if k < 18 else "test"
    place = root / "images" / split / ["ant", "bee", "cat"][y[k]]
    place.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sample).save(place / f"{k:03d}.png")
palette = root / "mixed" / "a"
palette.mkdir(parents=True, exist_ok=True)
(root / "mixed" / "b").mkdir(exist_ok=True)
Image.fromarray(x[0]).quantize(16).save(palette / "palette.png")
np.save(root / "palette.npy", np.asarray(Image.open(palette / "palette.png").convert("RGB")))
Image.fromarray(x[1, :, :, 0]).save(palette / "grey.png")
Image.fromarray(x[2]).convert("RGBA").save(root / "mixed" / "b" / "opaque.png")
smooth = np.clip(x[3] // 4 + 90, 0, 255).astype(np.uint8)
Image.fromarray(smooth).save(root / "mixed" / "b" / "photo.jpg", quality=90)
Image.fromarray(smooth).save(root / "mixed" / "b" / "steps.jpeg", quality=80, progressive=True)
for name in ["photo.jpg", "steps.jpeg"]:
    np.save(root / (name + ".npy"), np.asarray(Image.open(root / "mixed" / "b" / name)))

# Parquet as the datasets library writes images, by pyarrow.
import pyarrow as pa
import pyarrow.parquet as pq

def png(sample):
    file = io.BytesIO()
    Image.fromarray(sample).save(file, "PNG")
    return file.getvalue()

features = {"image": {"_type": "Image"}, "label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"}}
for split, part in [("train", range(18)), ("test", range(18, n))]:
    rows = pa.table({
        "image": pa.array([{"bytes": png(x[k]), "path": f"{k}.png"} for k in part],
                          type=pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        "label": pa.array([int(y[k]) for k in part], type=pa.int64()),
    })
    import json
    rows = rows.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    (root / "hub").mkdir(exist_ok=True)
    pq.write_table(rows, root / "hub" / f"{split}-00000-of-00001.parquet", row_group_size=7)
pq.write_table(pa.table({"vector": [[float(k), k / 2] for k in range(n)], "y": np.sin(np.arange(n))}), root / "vectors.parquet")
# Rows in another order, whose numbers pandas writes along; columns in another order; lists of several lengths; a struct.
table.drop(columns="c").sample(frac=1, random_state=0).to_parquet(root / "shuffled.parquet")
(root / "swapped").mkdir(exist_ok=True)
numbers.drop(columns="y").to_parquet(root / "swapped" / "train-0.parquet")
numbers[["x2", "x1", "z"]].to_parquet(root / "swapped" / "test-0.parquet")
pq.write_table(pa.table({"lists": [[[1.0, 2, 3], [4.0]], [[1.0, 2], [3.0, 4]]], "square": [[[1.0, 2], [3, 4]]] * 2,
                         "struct": [{"p": 1.0, "q": 2.0}] * 2, "date": pa.array([0, 1], pa.timestamp("ms")), "y": [0, 1]}),
               root / "nested.parquet")

# safetensors, by torch; MATLAB as SVHN's files are, by scipy.
import torch
from safetensors.torch import save_file
from scipy.io import savemat

save_file({"images": torch.tensor(x[:, :, :, 0]).to(torch.bfloat16), "labels": torch.tensor(y)}, root / "samples.safetensors")
(root / "svhn").mkdir(exist_ok=True)
digits = np.where(np.arange(n) % 3 == 0, 10, np.arange(n) % 3)
for split, part in [("train", slice(0, 18)), ("test", slice(18, n))]:
    savemat(root / "svhn" / f"{split}_32x32.mat", {"X": np.transpose(x[part], (1, 2, 3, 0)), "y": digits[part].astype(np.uint8)[:, None]}, do_compression=True)

(root / "song.txt").write_text("der hölle rache kocht in meinem herzen, tod und verzweiflung flammet um mich her\n")

# ImageNet 32x32 as its authors publish it: planes, labels from 1.
(root / "imagenet32").mkdir(exist_ok=True)
planes = ((31 * np.arange(5)[:, None] + np.arange(3072) * 7) % 256).astype(np.uint8)
np.savez_compressed(root / "imagenet32" / "train_data_batch_1.npz", data=planes[:2], labels=np.array([1, 1000]), mean=planes[0])
np.savez_compressed(root / "imagenet32" / "train_data_batch_2.npz", data=planes[2:4], labels=np.array([7, 3]), mean=planes[0])
np.savez_compressed(root / "imagenet32" / "val_data.npz", data=planes[4:], labels=np.array([2]))
