"""Encoders that are no part of SHARCS: run only where that is allowed, looked at, and frozen parts computed once."""

import importlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import torch

from sharcs_core.baselines import build_model
from sharcs_core.checkpoints import RunError, list_runs, load_run
from sharcs_core.checkpoints.layout import config_digest
from sharcs_core.cli import main
from sharcs_core.config import run_config_from_json
from sharcs_core.encoders.own_code import CodeError, check_code, code_allowed
from sharcs_core.encoders.own_encoder import FROZEN
from sharcs_core.errors import UserError
from sharcs_core.inference import concepts_of, probabilities
from sharcs_core.perturbation import perturb
from sharcs_core.pipeline import evaluate_run, train_run
from sharcs_core.tasks.cache import list_kept
from sharcs_core.training import fit
from sharcs_core.unusual import scores_of

HOW = "; if you trust it, pass allow_code=True from Python, or --allow-code on the command line"
BUILT_IN = {
    "table": "sharcs_core.encoders.tabular:TabularEncoder",
    "words": "sharcs_core.encoders.text:TextEncoder",
    "picture": "sharcs_core.encoders.image:ImageEncoder",
}
MARKED = """
    from pathlib import Path
    from torch import nn

    Path(__file__).with_suffix(".ran").touch()

    class Encoder(nn.Module):
        def __init__(self, config, n_local):
            super().__init__()
            self.layer = nn.Linear(config.n_features, n_local)

        def forward(self, batch):
            return self.layer(batch["values"])
"""
BACKBONE = """
    from torch import nn

    SEEN = []

    class Backbone(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = nn.BatchNorm1d(64)
            self.layer = nn.Linear(64, 16)

        def forward(self, batch):
            SEEN.append(len(batch["pixels"]))
            return self.layer(self.norm(batch["pixels"].flatten(1).float())).tanh()

    class Encoder(nn.Module):
        def __init__(self, config, n_local):
            super().__init__()
            self.frozen = Backbone()
            self.head = nn.Linear(16, n_local)

        def forward(self, batch):
            return self.head(batch["frozen"])
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a module of that name where it can be imported, and nothing else; gives its file."""
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)

    def write(name, source):
        file = folder / f"{name}.py"
        file.write_text(dedent(source), encoding="utf-8")
        importlib.invalidate_caches()
        return file

    yield write
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == folder:
            del sys.modules[name]


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def short(toy):
    config = toy.preset(seed=0)
    return replace(config, training=replace(config.training, epochs=3))


def ran(file):
    return file.with_suffix(".ran").exists() or file.stem in sys.modules


# --- settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a:B", "package.module:Class", "_own.größen:Größe", f"{'m' * 196}:Cls"])
def test_an_encoder_is_named_by_module_and_class(short, name):
    config = short.with_module("table", name)
    assert config.model.modules == (name,)
    assert run_config_from_json(json.loads(json.dumps(config.to_json()))) == config
    assert config.with_module("table", None) == short


HOSTILE = ["os.system", ".relative:Name", "..:x", "my module:Class", "a:b:c", "a:", ":B", "", "a/b:C", "a:B.C", "a\n:B"]


@pytest.mark.parametrize("name", [*HOSTILE, "a:B\n", "a.:B", "os:system('true')", "m" * 10**6])
def test_any_other_name_is_refused_in_one_sentence(short, name):
    with pytest.raises(UserError, match=r"^module must be written package\.module:Class \(got .{0,64}\)$"):
        short.with_module("table", name)


@pytest.mark.parametrize("name", [3, ["a:B"], True])
def test_what_is_no_text_names_nothing(short, name):
    with pytest.raises(UserError, match=r"^module must be text \(got"):
        short.with_module("table", name)


def test_a_modality_that_is_not_there_is_named(short):
    with pytest.raises(
        UserError, match=r"^There is no modality 'sound'; choose one of \['table', 'words', 'picture'\]$"
    ):
        short.with_module("sound", "a:B")


def test_settings_of_shipped_runs_are_written_as_they_were(shipped_runs):
    for folder in sorted(path.parent for path in shipped_runs.glob("*/config.json")):
        text = json.loads((folder / "config.json").read_text(encoding="utf-8"))["config"]
        assert json.dumps(run_config_from_json(text).to_json()) == json.dumps(text), folder.name


# --- what nobody allowed -------------------------------------------------------------------------------------


def test_nothing_is_imported_unless_it_is_allowed(written, short, toy, toy_data, tmp_path):
    file = written("own_a", MARKED)
    config = short.with_module("table", "own_a:Encoder")
    calls = [
        lambda: build_model(config.model),
        lambda: fit(config, toy, toy_data),
        lambda: train_run(config, toy, tmp_path / "run"),
        lambda: check_code(config.model.modules),
    ]
    for call in calls:
        with pytest.raises(CodeError) as told:
            call()
        assert (
            str(told.value)
            == f"The encoder own_a:Encoder is code that is no part of SHARCS and runs only where you allow it{HOW}"
        )
        assert not ran(file)
    assert not (tmp_path / "run").exists()


def test_what_is_allowed_is_so_within_its_block_alone(written, short):
    model = short.with_module("table", "own_b:Encoder").model
    file = written("own_b", MARKED)
    with code_allowed(), code_allowed(False):
        build_model(model)
    assert ran(file)
    with code_allowed(False), pytest.raises(CodeError, match="runs only where you allow it"):
        build_model(model)
    with pytest.raises(CodeError, match="runs only where you allow it"):
        build_model(model)


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """Where the run is kept that each test has a copy of."""
    return tmp_path_factory.mktemp("once") / "mine"


@pytest.fixture
def own_run(written, short, toy, tmp_path, trained_once):
    """A run with an encoder of its own, which is no longer imported."""
    file = written("own_run_code", MARKED)
    if not trained_once.exists():
        train_run(short.with_module("table", "own_run_code:Encoder"), toy, trained_once, allow_code=True)
        file.with_suffix(".ran").unlink()
        del sys.modules["own_run_code"]
    return Path(shutil.copytree(trained_once, tmp_path / "runs" / "mine"))


def test_a_run_with_such_an_encoder_is_loaded_where_it_is_allowed_and_listed_with_why_it_is_not(own_run, capsys):
    sentence = (
        "The run 'mine' cannot be loaded: The encoder own_run_code:Encoder is code that is no part of SHARCS and runs "
        f"only where you allow it{HOW}"
    )
    file = own_run.parents[1] / "code" / "own_run_code.py"
    with pytest.raises(RunError) as told:
        load_run(own_run)
    assert str(told.value) == sentence
    assert [run.error for run in list_runs(own_run.parent)] == [sentence]
    assert [run.error for run in list_runs(own_run.parent, allow_code=True)] == [None]
    for command in (
        ["evaluate", str(own_run)],
        ["explain", str(own_run), "--words", "two"],
        ["rename", str(own_run), "a", "b"],
    ):
        assert main(command) == 1
        assert capsys.readouterr() == ("", f"sharcs: {sentence}\n")
    assert main(["list", "--runs", str(own_run.parent)]) == 0
    assert "mine                     accuracy" in capsys.readouterr().out
    assert not ran(file)
    run = load_run(own_run, allow_code=True)
    assert run.config.model.encoders["table"].module == "own_run_code:Encoder"
    assert evaluate_run(run) == run.metrics
    assert ran(file)


def test_commands_take_it_where_it_is_allowed(own_run, capsys, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    for command in (
        ["evaluate", str(own_run), "--allow-code", "--json"],
        ["explain", str(own_run), "--words", "two", "--allow-code", "--json"],
        ["explain", "--allow-code", "--json", str(own_run), "--words", "two"],
    ):
        assert main(command) == 0
        assert json.loads(capsys.readouterr().out)


def test_an_encoder_of_the_folder_one_is_in_is_trained_on_the_command_line(short, toy, tmp_path, capsys, monkeypatch):
    (tmp_path / "own_here.py").write_text(dedent(MARKED), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    command = ["train", "toy", "--epochs", "1", "--out", "run", "--encoder", "table=own_here:Encoder"]
    assert main(command) == 1
    assert capsys.readouterr().err.startswith("sharcs: The encoder own_here:Encoder is code that is no part of SHARCS")
    assert not ran(tmp_path / "own_here.py")
    assert not (tmp_path / "run").exists()
    assert main([*command, "--allow-code"]) == 0
    assert load_run(tmp_path / "run", allow_code=True).config.model.modules == ("own_here:Encoder",)
    del sys.modules["own_here"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("table", "--encoder must be MODALITY=package.module:Class (got 'table')"),
        ("sound=a:B", "There is no modality 'sound'; choose one of ['table', 'words', 'picture']"),
        ("table=os.system", "module must be written package.module:Class (got 'os.system')"),
    ],
)
def test_what_is_typed_wrong_is_one_line(toy, capsys, given, says):
    assert main(["train", "toy", "--encoder", given, "--allow-code"]) == 1
    assert capsys.readouterr().err == f"sharcs: {says}\n"


NO_NAME = r"^config\.json of the run 'mine' is damaged: module must be written package\.module:Class \(got"
REFUSED = r"^The run 'mine' cannot be loaded: The encoder {} is code that is no part of SHARCS and runs only where"
NO_MODULE = (
    r"^The run 'mine' cannot be loaded: {} must be a class made of torch\.nn\.Module \(got type\); name another$"
)


@pytest.mark.parametrize(
    ("name", "allow_code", "says"),
    [
        *((name, allow_code, NO_NAME) for name in [*HOSTILE, "m" * 10_000] for allow_code in (False, True)),
        *((name, False, REFUSED.format(name)) for name in ("subprocess:Popen", "antigravity:Encoder")),
        ("subprocess:Popen", True, NO_MODULE.format("subprocess:Popen")),
    ],
)
def test_a_run_that_names_anything_runs_nothing(own_run, monkeypatch, name, allow_code, says):
    def run(*_, **__):
        raise AssertionError("something was run")

    monkeypatch.setattr("subprocess.Popen.__init__", run)
    facts = json.loads((own_run / "config.json").read_text(encoding="utf-8"))
    facts["config"]["model"]["encoders"]["table"]["module"] = name
    facts["sha256"] = config_digest(facts)
    (own_run / "config.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(RunError, match=says) as told:
        load_run(own_run, allow_code=allow_code)
    assert len(str(told.value)) < 400
    assert "antigravity" not in sys.modules


# --- what is wrong with somebody's code ----------------------------------------------------------------------

PLAIN = """
    import torch
    from torch import nn

    NUMBER = 3

    def function(config, n_local):
        return nn.Linear(config.n_features, n_local)

    class NoModule:
        pass

    class Base(nn.Module):
        def __init__(self, config, n_local):
            super().__init__()
            self.n_local = n_local
            self.layer = nn.Linear(config.n_features, n_local)

        def forward(self, batch):
            return self.says(self.layer(batch["values"]))

    class Careless(Base):
        def __init__(self):
            pass

    class Wide(Base):
        says = staticmethod(lambda scores: torch.cat([scores, scores], 1))

    class Few(Base):
        says = staticmethod(lambda scores: scores[1:])

    class Nothing(Base):
        says = staticmethod(lambda scores: None)

    class Whole(Base):
        says = staticmethod(lambda scores: scores.long())

    class Unbounded(Base):
        says = staticmethod(lambda scores: scores / 0)

    class Failing(Base):
        says = staticmethod(lambda scores: scores @ scores)

    class Fixed(Base):
        frozen = True

    class FewFixed(Base):
        def __init__(self, config, n_local):
            super().__init__(config, n_local)
            self.frozen = Few(config, n_local)

    class Lazy(Base):
        def __init__(self, config, n_local):
            super().__init__(config, n_local)
            self.layer = nn.LazyLinear(n_local)

    class Tied(Base):
        def __init__(self, config, n_local):
            super().__init__(config, n_local)
            self.other = nn.Linear(config.n_features, n_local)
            self.other.weight = self.layer.weight

    class More(Base):
        def get_extra_state(self):
            return {"more": 1}

        def set_extra_state(self, state):
            pass
"""


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "own_gone.part:Encoder",
            r"own_gone\.part cannot be imported, for there is no module own_gone; install it, or",
        ),
        ("own_code.part:Encoder", r"own_code\.part cannot be imported, for there is no module own_code\.part; install"),
        ("own_code:Missing", r"own_code has no Missing; name an encoder as package\.module:Class"),
        ("own_code:NUMBER", r"own_code:NUMBER must be a class made of torch\.nn\.Module \(got int\); name another"),
        ("own_code:function", r"must be a class made of torch\.nn\.Module \(got function\)"),
        ("own_code:NoModule", r"must be a class made of torch\.nn\.Module \(got type\)"),
        (
            "own_code:Careless",
            r"own_code:Careless cannot be made with its settings and the number of its scores \(Type",
        ),
        ("own_code:Wide", r"own_code:Wide must give scores of shape \(32, 6\) \(got \(32, 12\)\); mend it"),
        ("own_code:Few", r"must give scores of shape \(32, 6\) \(got \(31, 6\)\); mend it"),
        ("own_code:Nothing", r"own_code:Nothing must give a tensor of decimal numbers \(got NoneType\); mend it"),
        ("own_code:Whole", r"must give a tensor of decimal numbers \(got torch\.int64\); mend it"),
        ("own_code:Unbounded", r"own_code:Unbounded gives NaN or infinity; mend it, or lower the learning rate"),
        ("own_code:Failing", r"own_code:Failing fails on a batch of \['values'\] \(RuntimeError: mat1 .*\); mend it"),
        ("own_code:Fixed", r"frozen of own_code:Fixed must be a torch\.nn\.Module \(got bool\); call it otherwise"),
        (
            "own_code:FewFixed",
            r"frozen of own_code:FewFixed must give 64 rows, one an input \(got shape \(63, 6\)\); mend",
        ),
        ("own_code:Lazy", r"layer\.weight of own_code:Lazy must be a tensor of a known shape, or a run cannot keep it"),
        ("own_code:Tied", r"other\.weight of own_code:Tied shares its memory with layer\.weight, so a run cannot keep"),
        ("own_code:More", r"_extra_state of own_code:More must be a tensor of a known shape"),
        ("own_raising:Encoder", r"own_raising cannot be imported \(ZeroDivisionError: division by zero\); mend it"),
        ("own_leaving:Encoder", r"own_leaving cannot be imported \(SystemExit: 3\); mend it"),
        ("own_lacking:Encoder", r"own_lacking cannot be imported \(ModuleNotFoundError: No module named 'own_nowh"),
        ("own_silent:Encoder", r"own_silent cannot be imported \(ValueError\); mend it"),
        ("own_chatty:Encoder", r"own_chatty cannot be imported \(ValueError: (x ){94}…\); mend it"),
        ("torch.nn:Module", r"torch\.nn:Module cannot be made with its settings"),
    ],
)
def test_what_is_wrong_is_one_sentence(written, short, toy, tmp_path, name, says):
    written("own_code", PLAIN)
    written("own_raising", "1 / 0")
    written("own_leaving", "import sys; sys.exit(3)")
    written("own_lacking", "import own_nowhere")
    written("own_silent", "raise ValueError")
    written("own_chatty", "raise ValueError('x\\n' * 10**6)")
    with pytest.raises(CodeError, match=says) as told:
        train_run(short.with_module("table", name), toy, tmp_path / "run", allow_code=True)
    assert len(str(told.value).splitlines()) == 1
    assert len(str(told.value)) < 400
    assert not (tmp_path / "run").exists()


def test_code_that_was_spoilt_since_a_run_was_trained_is_told_of(own_run):
    file = own_run.parents[1] / "code" / "own_run_code.py"
    file.write_text("raise ValueError('no longer')", encoding="utf-8")
    importlib.invalidate_caches()
    with pytest.raises(
        RunError, match=r"^The run 'mine' cannot be loaded: own_run_code cannot be imported \(ValueError: no"
    ):
        load_run(own_run, allow_code=True)


def test_weights_of_another_encoder_of_that_name_are_told_of(own_run):
    file = own_run.parents[1] / "code" / "own_run_code.py"
    file.write_text(dedent(MARKED).replace("self.layer", "self.other"), encoding="utf-8")
    importlib.invalidate_caches()
    with pytest.raises(RunError, match=r"^weights\.safetensors of the run 'mine' does not fit its config\.json"):
        load_run(own_run, allow_code=True)


# --- what is computed ----------------------------------------------------------------------------------------


def test_a_kinds_own_encoder_by_its_name_is_trained_as_it_is_without(short, toy, toy_data):
    plain = fit(short, toy, toy_data)
    config = short
    for modality, name in BUILT_IN.items():
        config = config.with_module(modality, name)
    with code_allowed():
        named = fit(config, toy, toy_data)
    assert named.history == plain.history
    inputs = toy_data.test.samples()
    for one, other in zip(concepts_of(named.model, inputs), concepts_of(plain.model, inputs), strict=True):
        for name in inputs:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.fixture
def with_backbone(written, short, cache):
    written("own_backbone", BACKBONE)
    config = replace(short, training=replace(short.training, epochs=4, polish_epochs=2))
    return config.with_module("picture", "own_backbone:Encoder")


def seen():
    """How many inputs the backbone was asked of since last."""
    asked = sys.modules["own_backbone"].SEEN
    n = sum(asked)
    asked.clear()
    return n


def fitted(config, toy, data):
    with code_allowed():
        return fit(config, toy, data)


def test_what_is_frozen_is_computed_once_an_input_and_no_more_in_the_next_training(with_backbone, toy, toy_data, cache):
    first = fitted(with_backbone, toy, toy_data)
    n_inputs = len(toy_data.train.inputs["picture"]) + len(toy_data.validation.inputs["picture"])
    assert first.choice is not None
    assert seen() == n_inputs
    assert [entry.kind for entry in list_kept(cache)] == ["frozen", "frozen"]
    again = fitted(with_backbone, toy, toy_data)
    assert seen() == 0
    assert again.history == first.history
    assert_equal_weights(again.model, first.model)
    with code_allowed():
        fit(replace(with_backbone, training=replace(with_backbone.training, epochs=5)), toy, toy_data)
    assert seen() == 0


def assert_equal_weights(one, other):
    values = other.state_dict()
    for name, own in one.state_dict().items():
        assert torch.equal(own, values[name]), name


def test_the_cache_changes_nothing(with_backbone, toy, toy_data, monkeypatch):
    kept = fitted(with_backbone, toy, toy_data)
    monkeypatch.setattr("sharcs_core.training.trainer.with_frozen", lambda model, data: data)
    seen()
    each = fitted(with_backbone, toy, toy_data)
    assert seen() > 4 * len(toy_data.train.inputs["picture"])
    for one, other in zip(kept.history, each.history, strict=True):
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-4)
        assert one.validation_accuracy == other.validation_accuracy


@pytest.mark.parametrize("damage", ["cut", "flip", "other", "short"])
def test_what_is_damaged_in_the_cache_is_computed_anew(with_backbone, toy, toy_data, cache, damage):
    first = fitted(with_backbone, toy, toy_data)
    for file in cache.glob("frozen-*.npz"):
        content = bytearray(file.read_bytes())
        if damage == "cut":
            file.write_bytes(content[: len(content) // 2])
        elif damage == "flip":
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        else:
            name = {"other": "hidden", "short": FROZEN}[damage]
            np.savez(file, **{name: np.zeros((1, 16), dtype=np.float32)})
    seen()
    assert fitted(with_backbone, toy, toy_data).history == first.history
    assert seen() == len(toy_data.train.inputs["picture"]) + len(toy_data.validation.inputs["picture"])
    fitted(with_backbone, toy, toy_data)
    assert seen() == 0


def test_other_weights_source_or_inputs_are_computed_for_themselves(with_backbone, toy, toy_data, written, cache):
    def files():
        return len(list(cache.glob("frozen-*.npz")))

    one_epoch = replace(with_backbone, training=replace(with_backbone.training, epochs=1, polish_epochs=0))
    fitted(one_epoch, toy, toy_data)
    assert files() == 2
    fitted(replace(one_epoch, training=replace(one_epoch.training, seed=1)), toy, toy_data)
    assert files() == 4
    fitted(one_epoch, toy, toy.load(seed=5))
    assert files() == 6
    written("own_backbone", BACKBONE.replace(".tanh()", ".sigmoid()"))
    del sys.modules["own_backbone"]
    fitted(one_epoch, toy, toy_data)
    assert files() == 8


def test_a_cache_that_cannot_be_written_costs_time_alone(with_backbone, toy, toy_data, cache):
    cache.write_text("a file")
    assert fitted(with_backbone, toy, toy_data).history
    assert seen() == len(toy_data.train.inputs["picture"]) + len(toy_data.validation.inputs["picture"])


def test_what_is_frozen_learns_nothing_and_stays_in_the_run(with_backbone, toy, tmp_path):
    with code_allowed():
        before = build_model(with_backbone.model, with_backbone.training.seed).encoders["picture"].frozen
    run = train_run(with_backbone, toy, tmp_path / "run", allow_code=True)
    encoder = run.model.encoders["picture"]
    assert_equal_weights(encoder.frozen, before)
    assert not any(weights.requires_grad for weights in encoder.frozen.parameters())
    assert all(weights.requires_grad for weights in encoder.own.head.parameters())
    encoder.train()
    assert encoder.own.training
    assert not encoder.frozen.training
    encoder.eval()
    assert not {FROZEN} & set(run.bank.sides["picture"].inputs.arrays)
    again = load_run(tmp_path / "run", allow_code=True)
    data = toy.load(seed=0)
    concepts = [concepts_of(model, data.test.samples())[1] for model in (run.model, again.model)]
    np.testing.assert_array_equal(*(probabilities(run.model, of) for of in concepts))
    assert evaluate_run(again) == run.metrics


def test_noise_on_an_input_reaches_what_is_frozen(with_backbone, toy, toy_data):
    model = fitted(with_backbone, toy, toy_data).model
    some = toy_data.test.inputs["picture"].take(slice(20))
    noisy = perturb(some, 1.0, np.random.default_rng(0))
    one, other = (concepts_of(model, {"picture": inputs})[0]["picture"] for inputs in (some, noisy))
    assert np.abs(one - other).max() > 0.01


def test_pictures_read_by_such_an_encoder_are_still_told_from_unlike_ones(with_backbone, toy, tmp_path):
    run = train_run(with_backbone, toy, tmp_path / "run", allow_code=True)
    pictures = run.test_bank.sides["picture"].inputs
    noisy = perturb(pictures, 1.0, np.random.default_rng(0))
    assert np.median(scores_of(run, "picture", pictures)) < 1 < np.median(scores_of(run, "picture", noisy))
