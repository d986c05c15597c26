"""Callbacks for programs whose training loop is another's: Lightning, the Trainer of Hugging Face, and loops like those of Keras."""
