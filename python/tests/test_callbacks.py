"""Callbacks of other programs' loops: the parameters before each update, and the same training as without them."""

import json

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

import eoss
from eoss.integrations.loop import MonitorCallback as LoopCallback


def model():
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))


def full_loss(net, data):
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        return float(F.cross_entropy(net(data[0]), data[1]))


def losses(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {line["step"]: line["value"] for line in lines if line["quantity"] == "loss"}


def test_a_loop_like_that_of_keras(data, tmp_path):
    net = model()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    callback = LoopCallback(
        net, loss_fn=nn.CrossEntropyLoss(), data=data, optimizer=optimizer, batch_size=8, every=2, measure="loss",
        out=tmp_path / "run",
    )
    truth = {}
    callback.on_train_begin()
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        for batch in range(3):
            truth[3 * epoch + batch] = full_loss(net, data)
            callback.on_train_batch_begin(batch)
            optimizer.zero_grad()
            F.cross_entropy(net(data[0]), data[1]).backward()
            optimizer.step()
            callback.on_train_batch_end(batch)
    callback.on_train_end()
    assert losses(tmp_path / "run") == pytest.approx({step: truth[step] for step in (0, 2, 4)}, rel=1e-5)
    with pytest.raises(eoss.EossError, match="on_train_begin"):
        callback.on_train_batch_begin(0)


def test_lightning(data, tmp_path):
    pl = pytest.importorskip("lightning.pytorch", reason="skipped: lightning is not installed")
    from eoss.integrations.lightning import MonitorCallback

    truth = {}

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = model()

        def forward(self, x):
            return self.net(x)

        def training_step(self, batch, index):
            truth.setdefault(self.global_step, full_loss(self.net, data))
            return F.cross_entropy(self.net(batch[0]), batch[1])

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.5, momentum=0.9)

    def trained(precision, *callbacks):
        pl.seed_everything(1, verbose=False)
        module = Module()
        trainer = pl.Trainer(
            max_epochs=4, accumulate_grad_batches=3, precision=precision, accelerator="cpu", devices=1, logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False, callbacks=list(callbacks),
        )
        trainer.fit(module, DataLoader(TensorDataset(*data), batch_size=2, shuffle=True))
        return trainer, [p.detach().clone() for p in module.parameters()]

    for precision in ("32-true", "bf16-mixed"):
        truth.clear()
        callback = MonitorCallback(loss_fn=nn.CrossEntropyLoss(), every=5, measure=["loss", "minibs"], max_batches=8,
                                   tolerance=0.5, out=tmp_path / precision)
        trainer, with_it = trained(precision, callback)
        assert trainer.global_step == 16  # 24 samples, 6 for an update, 4 epochs
        found = losses(tmp_path / precision)
        assert found == pytest.approx({step: truth[step] for step in (0, 5, 10, 15)}, rel=1e-4)
        run = json.loads((tmp_path / precision / "run.json").read_text())
        assert run["batchSize"] == 6 and run["end"]["reason"] == "completed"
        assert run["plan"]["optimizer"]["name"] == "heavy-ball"
        _, without = trained(precision)
        assert all(torch.equal(a, b) for a, b in zip(with_it, without))
    with pytest.raises(eoss.EossError, match="give loss="):
        MonitorCallback(every=5)


def test_transformers(data, tmp_path):
    transformers = pytest.importorskip("transformers", reason="skipped: transformers is not installed")
    pytest.importorskip("accelerate", reason="skipped: accelerate is not installed")
    from transformers.modeling_outputs import SequenceClassifierOutput

    from eoss.integrations.transformers import MonitorCallback

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = model()

        def forward(self, x, labels):
            logits = self.net(x)
            return SequenceClassifierOutput(loss=F.cross_entropy(logits, labels), logits=logits)

    truth = {}

    class Truth(transformers.TrainerCallback):
        def on_step_begin(self, args, state, control, model=None, **kwargs):
            truth[state.global_step] = full_loss(model.net, data)

    rows = [{"x": x, "labels": y} for x, y in zip(*data)]
    own = MonitorCallback(every=3, measure=["loss", "fullbs"], out=tmp_path / "run")

    def trained(*callbacks):
        net = Net()
        args = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"), per_device_train_batch_size=4, gradient_accumulation_steps=2, max_steps=7,
            learning_rate=0.1, max_grad_norm=0, optim="sgd", report_to=[], use_cpu=True, save_strategy="no",
            disable_tqdm=True, seed=3,
        )
        transformers.Trainer(net, args, train_dataset=rows, callbacks=list(callbacks)).train()
        return [p.detach().clone() for p in net.parameters()]

    with_it = trained(own, Truth())
    found = losses(tmp_path / "run")
    assert found == pytest.approx({step: truth[step] for step in (0, 3, 6)}, rel=1e-5)
    run = json.loads((tmp_path / "run/run.json").read_text())
    assert run["batchSize"] == 8 and run["measured"]["optimizer"] == "SGD"
    assert all(torch.equal(a, b) for a, b in zip(with_it, trained()))
