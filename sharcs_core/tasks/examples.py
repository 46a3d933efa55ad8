"""Commands on tasks that are here, as help and messages give them."""

from __future__ import annotations

TRAIN_ONE = "sharcs train xor_and_xor"
"""The quickest of all to train."""
TRAIN_SHIPPED = f"{TRAIN_ONE} --out checkpoints/xor_and_xor"
TRAIN_APART = f"{TRAIN_ONE} --seed 4 --out my_runs/xor_seed_4"
TRAIN_GUIDED = "sharcs train clevr_reasons"
"""A model that explanations teach."""
EXPLAIN_ROW = "sharcs explain xor_and_xor --table row.csv"
EXPLAIN_FILES = "sharcs explain mnist_superpixels --image digit.png --graph digit.json"
EXPLAIN_SENTENCE = 'sharcs explain clevr --image scene.png --text "big red shiny cube"'
EVALUATE = "sharcs evaluate mnist_superpixels --json"
