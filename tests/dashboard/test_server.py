"""The dashboard as a server: what it does before anyone comes, many who come at once, and how it tells of a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import server
from browsing import running_app
from drawings.markup import visible
from frame import ROOT, RUNS
from visitors import all_at_once, outcome_of, visitor

DASHBOARD = ROOT / "dashboard"
A_RUN_A_TASK = ("xor_and_xor", "xor_four_ways", "half_mnist", "mnist_superpixels", "clevr")
HOME_SAYS = "one set of concepts"

BEGIN = f"""
import json, sys, threading
sys.path.insert(0, {str(DASHBOARD)!r})
import server
server.import_pages()
import threadpoolctl, torch
before, threads = sorted(sys.modules), []
worker = threading.Thread(target=lambda: threads.append(torch.get_num_threads()))
worker.start()
worker.join()
threads += [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
"""
TELL_THREADS = f"{BEGIN}\nprint(json.dumps(threads))"
VISIT_EVERYTHING = f"""{BEGIN}
from shared.frame import PAGES
from streamlit.testing.v1 import AppTest
faults = []
for run in {A_RUN_A_TASK!r}:
    app = AppTest.from_file({str(DASHBOARD / "Home.py")!r}, default_timeout=120)
    app.query_params["run"] = run
    app.run()
    for page in PAGES:
        app.switch_page(f"views/{{page}}/{{page}}.py").run()
        if page == "upload":
            app.button(key="try_example").click().run()
        faults += [f"{{run}} {{page}}: {{one.message}}" for one in app.exception]
print(json.dumps({{"before": before, "after": sorted(sys.modules), "threads": threads, "faults": faults}}))
"""

OWN = ("drawings", "resources", "shared", "views", "sharcs_core", "sharcs_benchmark")
IN_CIRCLES = ("numpy", "pandas", "pyarrow", "scipy", "sklearn", "skimage", "torch", "torch_geometric", "networkx")
COMPILED = "torch_geometric.nn.conv.gin_conv_GINConv_propagate"
"""Made by PyG itself at the first use, while one run alone is loaded."""


def imported_later(before: list[str], after: list[str]) -> set[str]:
    """What was imported but the standard library's, and single modules of small libraries that were there already."""
    known = {name.split(".")[0] for name in before} | set(sys.stdlib_module_names) - {*OWN, *IN_CIRCLES}
    later = {name for name in after if name not in before} - {COMPILED}
    return {name for name in later if (top := name.split(".")[0]) in (*OWN, *IN_CIRCLES) or top not in known}


def begun(script, threads):
    """What a script tells that begins as the server does, with so many threads asked for."""
    env = {name: value for name, value in os.environ.items() if name != server.THREADS}
    env |= {"SHARCS_RUNS": str(RUNS), "PYTHONPATH": str(ROOT)}
    env |= {server.THREADS: threads} if threads else {}
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def visited():
    return begun(VISIT_EVERYTHING, None)


def test_no_page_imports_anything_that_is_not_there_before_the_first_visitor(visited):
    assert not visited["faults"]
    assert not imported_later(visited["before"], visited["after"])


def test_libraries_take_one_thread_each(visited):
    assert len(visited["threads"]) > 2
    assert set(visited["threads"]) == {1}


def test_libraries_take_as_many_threads_as_one_asks_for():
    threads = begun(TELL_THREADS, "2")
    assert len(threads) > 2
    assert set(threads) == {2}


@pytest.mark.parametrize(("base", "path"), [("", "/map_"), ("/a/b/", "/a/b/map_")])
def test_what_the_map_asks_for_is_asked_below_the_servers_own_path(monkeypatch, base, path):
    monkeypatch.setattr(server.st, "get_option", {"server.baseUrlPath": base}.get)
    assert [route.path for route in server.routes()] == [f"{path}{what}" for what in ("points", "inks", "pointed")]


def test_what_is_imported_later_is_seen():
    before = ["pandas", "plotly", "sharcs_core"]
    after = [*before, "pandas.core", "json", "plotly.graph_objs.layout", "sharcs_core.why", "sympy", COMPILED]
    assert imported_later(before, after) == {"pandas.core", "sharcs_core.why", "sympy"}


def test_ten_who_come_at_once_to_a_cold_server_all_see_home(tmp_path):
    runs = sorted(path.name for path in RUNS.iterdir())
    with running_app(tmp_path / "log", is_cold=True) as address:
        seen = outcome_of(all_at_once(address, [{"run": runs[number % len(runs)]} for number in range(10)]))
    assert len(seen) == 10
    for one in seen:
        assert not one.exceptions
        assert any(HOME_SAYS in text for text in one.texts)


FAULTY = f"""
import sys
sys.path.insert(0, {str(DASHBOARD)!r})
import streamlit as st
from server import tell
from sharcs_core.errors import UserError

def forget():
    raise RuntimeError("a secret of the machine")

def refuse():
    raise UserError("No such *thing*; choose another")

if __name__ == "__main__":
    st.title("An app")
    st.button("Bug", on_click=forget)
    st.button("Fault", on_click=refuse)
    if "broken" in st.query_params:
        forget()
else:
    app = st.App(__file__, on_script_error=tell)
"""


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """Address of an app of a bug and a fault, and its log."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "app.py").write_text(FAULTY, encoding="utf-8")
    with running_app(folder / "log", script=folder / "app.py") as address:
        yield address, folder / "log"


async def pressed(address, button):
    async with visitor(address) as one:
        seen = await one.visit()
        return await one.press(seen.buttons[button])


def test_a_bug_in_a_page_is_a_calm_sentence_for_people_and_a_traceback_in_the_log(faulty):
    address, log = faulty
    (seen,) = outcome_of(all_at_once(address, [{"broken": "yes"}]))
    assert not seen.exceptions
    assert server.A_BUG in seen.texts
    assert not any("secret" in text for text in seen.texts)
    assert "RuntimeError: a secret of the machine" in log.read_text(encoding="utf-8")


def test_a_bug_in_a_callback_is_told_in_the_same_way(faulty):
    seen = outcome_of(pressed(faulty[0], "Bug"))
    assert not seen.exceptions
    assert server.A_BUG in seen.texts


def test_what_a_person_can_mend_is_told_in_its_own_sentence_as_it_is_written(faulty):
    seen = outcome_of(pressed(faulty[0], "Fault"))
    assert not seen.exceptions
    assert visible(r"No such \*thing\*; choose another") in seen.texts


@pytest.mark.parametrize(("headless", "opened"), [(True, []), (False, ["http://127.0.0.1:8501"])])
def test_a_browser_opens_where_there_is_a_screen(monkeypatch, headless, opened):
    options = {"server.headless": headless, "server.address": "127.0.0.1"}
    found = []
    monkeypatch.setattr(server.st, "get_option", options.__getitem__)
    monkeypatch.setattr(server, "open_browser", found.append)
    server.show_to_owner()
    assert found == opened
