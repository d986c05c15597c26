import eoss
import torch
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
x, y = torch.tensor(x / 16, dtype=torch.float32), torch.tensor(y)
model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 10))
loss_fn, opt = torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.5)
with eoss.Monitor(model, loss_fn, (x, y), optimizer=opt, batch_size=16, every=100, tolerance=0.1, out="runs/digits",
                  on_measured=lambda step, measured: print(step, measured)) as monitor:
    for step in range(301):
        monitor.step()
        batch = torch.randint(len(x), (16,))
        loss = loss_fn(model(x[batch]), y[batch])
        opt.zero_grad(), loss.backward(), opt.step()
