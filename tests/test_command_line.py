"""The command line: its help, its errors, and the files it reads."""

import re

import numpy as np
import pytest
from click.testing import CliRunner

from saltation.__main__ import main
from saltation.commands.loading import Target
from saltation.commands.trial import spiking_network
from saltation.symbolic.neuron import Neuron

MODELS = """
import saltation as sal
from neighbour import TAU

leak = sal.Neuron("leak", dynamics={"v": "-v / tau"}, receive={"v": "v + w"},
                  parameters={"tau": TAU})
also = sal.Neuron("second", dynamics={"u": "-u / tau"}, receive={"u": "u + w"},
                  parameters={"tau": TAU})
same_as_leak = leak
"""


def saltation(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def models(tmp_path):
    (tmp_path / "neighbour.py").write_text("TAU = 0.02\n")
    path = tmp_path / "models.py"
    path.write_text(MODELS)
    return path


@pytest.mark.parametrize("command", [[], ["derive"], ["generate"], ["check"], ["export"], ["demo"]])
def test_every_command_has_help(command):
    result = saltation(*command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")


def test_commands_are_listed_in_the_order_of_the_pipeline():
    listed = saltation("--help").output.split("Commands:\n")[1]
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    assert names == ["derive", "generate", "check", "export", "demo"]


def test_version_is_the_installed_one():
    result = saltation("--version")
    assert result.exit_code == 0
    assert result.output.startswith("saltation ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["derive"],
        ["derive", "no_such_file.py"],
        ["derive", "lif", "--format", "pdf"],
        ["check", "lif", "--t-end", "0"],
        ["demo", "--epochs", "0"],
        ["demo", "--data-folder", "no_such_folder"],
    ],
)
def test_bad_usage_exits_with_2(arguments):
    result = saltation(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.output


def test_unknown_model_lists_the_shipped_ones():
    assert "leaky_integrator, lif," in saltation("derive", "lff").output


def test_file_gives_each_of_its_neurons_once(models):
    found = Target(str(models)).find(Neuron, "neuron")
    assert list(found) == ["leak", "also"]


def test_name_picks_a_neuron_by_variable_or_by_its_own_name(models):
    for name in ("also", "second"):
        (neuron,) = Target(f"{models}:{name}").find(Neuron, "neuron").values()
        assert neuron.name == "second"


def test_shipped_model_is_found_by_name():
    assert Target("lif").find(Neuron, "neuron")["lif"].name == "lif"


def test_unknown_name_lists_what_the_file_defines(models):
    result = saltation("derive", f"{models}:missing")
    assert result.exit_code == 2
    assert "defines no neuron 'missing'; it defines leak, also" in result.output


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\nraise RuntimeError('broken')\n", ", line 2: RuntimeError: broken"),
        ("x = 1\n\nx = = 2\n", ", line 3: invalid syntax"),
        ("import no_such_module\n", ", line 1: ModuleNotFoundError"),
        ("raise SystemExit\n", " exits when it is run"),
        (
            "import saltation as sal\n\n"
            "bad = sal.Neuron('bad', dynamics={'v': '-v / tau'}, parameters={})\n",
            ", line 3: [S1",
        ),
    ],
)
def test_error_in_the_file_is_a_message_with_its_line(tmp_path, source, message):
    path = tmp_path / "broken.py"
    path.write_text(source)
    result = saltation("derive", path)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {path}{message}")
    assert "Traceback" not in result.output


def test_error_of_the_library_is_a_message(tmp_path, monkeypatch):
    from saltation.symbolic.errors import UnsupportedModelError

    def refuse(neuron):
        raise UnsupportedModelError("there is no closed form", model=neuron.name)

    monkeypatch.setattr(Neuron, "derive", refuse)
    result = saltation("derive", "lif")
    assert result.exit_code == 1
    assert result.output == "Error: model 'lif': there is no closed form\n"


def test_a_shipped_model_holds_nothing_by_name():
    result = saltation("derive", "lif:foo")
    assert result.exit_code == 2
    assert "lif is a shipped model, a single neuron: write it without :foo" in result.output


def test_a_folder_that_cannot_be_made_is_a_message(tmp_path):
    file = tmp_path / "file"
    file.touch()
    result = saltation("generate", "lif", "--output", file / "c")
    assert result.exit_code == 1
    assert result.output == (
        f"Error: generate: --output '{file}/c' cannot be made, as '{file}' is a file: "
        "name another\n"
    )


def test_a_reserved_word_is_no_prefix(tmp_path):
    result = saltation("export", "lif", "--t-end", "0.06", "--name", "for", "--output", tmp_path)
    assert result.exit_code == 1
    assert result.output == (
        "Error: export: 'for' is a reserved word: choose another prefix of names in C\n"
    )


def test_file_without_neurons_is_bad_usage(tmp_path):
    (tmp_path / "empty.py").write_text("x = 1\n")
    result = saltation("derive", tmp_path / "empty.py")
    assert result.exit_code == 2
    assert "defines no sal.Neuron" in result.output


def test_derive_writes_a_page_with_the_pictures_of_a_run(models, tmp_path):
    page = tmp_path / "pages" / "leak.html"
    result = saltation("derive", f"{models}:leak", "--html", page, "--t-end", "0.05")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {page}\n"
    assert result.stderr.splitlines() == [
        "leak: deriving the equations",
        "leak: running an example forward and backward",
    ]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.count("<svg") == 2
    assert ">50</text>" in text


def test_derive_writes_text_beside_the_page_where_that_is_asked_for(models, tmp_path):
    page, text = tmp_path / "leak.html", tmp_path / "leak.txt"
    result = saltation("derive", f"{models}:leak", "--html", page, "--output", text)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"wrote {page}\nwrote {text}\n"
    assert text.read_text().startswith("Derivation of leak")


def test_derive_says_on_the_page_why_there_is_no_run(models, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setenv("SALTATION_CACHE", str(tmp_path))
    page = tmp_path / "leak.html"
    result = saltation("derive", f"{models}:leak", "--html", page)
    assert result.exit_code == 0, result.output
    assert "no example run on the page: " in result.output
    assert "no-such-compiler" in page.read_text(encoding="utf-8")
    assert "<svg" not in page.read_text(encoding="utf-8")


def test_a_page_is_about_one_neuron(models, tmp_path):
    result = saltation("derive", models, "--html", tmp_path / "both.html")
    assert result.exit_code == 2
    assert f"several neurons: name one, as in {models}:leak" in result.output


DRIVEN = """
import saltation as sal

net = sal.Network()
net.add_input("in", 2)
net.add_population("out", sal.models.lif, 1)
net.connect("in", "out", weight=[[6.0], [5.0]])
"""


def test_check_builds_a_network_around_a_shipped_model():
    result = saltation("check", "lif", "--samples", "1")
    assert result.exit_code == 0, result.output
    for key in ("in->out.weight", "in->out.delay", "out.tau_m", "out.v_r", "out.initial.v"):
        assert key in result.output
    assert "exactly zero" not in result.output
    assert "lif: looking for weights at which it spikes\n" in result.stderr


def test_check_takes_a_network_as_it_is_declared(tmp_path):
    (tmp_path / "driven.py").write_text(DRIVEN)
    result = saltation("check", tmp_path / "driven.py", "--samples", "1", "--t-end", "0.03")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("net, 0.03 s, 1 sample, seed 0\n")
    assert "integral" not in result.output
    keys = [line.split()[0] for line in result.stdout.splitlines()[3:-2]]
    assert len(keys) == 9
    assert result.stderr.splitlines() == [
        "compiling and running the network",
        "interpreting its declaration with 32 digits",
        *(f"differences by {key} ({k} of 9)" for k, key in enumerate(keys, start=1)),
    ]


def test_check_compares_what_it_is_asked_to(tmp_path):
    (tmp_path / "driven.py").write_text(DRIVEN)
    words = ("--samples", "1", "--t-end", "0.03", "--entries", "1", "--keys")
    result = saltation("check", tmp_path / "driven.py", *words, "in.times", "--keys", "out.tau_m")
    assert result.exit_code == 0, result.output
    rows = re.findall(r"^(\S+) .* (\d+)/\d+ ", result.stdout, re.M)
    assert rows == [("in.times", "1"), ("out.tau_m", "1")]
    wrong = saltation("check", tmp_path / "driven.py", *words, "out.tau_n")
    assert wrong.exit_code == 1
    assert "'out.tau_n'" in wrong.output


def test_check_fails_above_the_tolerance():
    result = saltation("check", "lif_delta", "--samples", "1", "--tolerance", "1e-30")
    assert result.exit_code == 1
    assert "Error: a gradient differs by more than 1.0e-30" in result.output


@pytest.mark.parametrize(
    ("u", "failure"),
    [("-u / tau", ""), ("(u*u - u) / tau", "its run cannot be completed (population")],
    ids=["silent", "blows up"],
)
@pytest.mark.filterwarnings("ignore:.*S322-blow-up")
def test_check_names_a_neuron_that_its_own_network_does_not_excite(tmp_path, u, failure):
    source = (
        "import saltation as sal\n"
        f"deaf = sal.Neuron('deaf', dynamics={{'v': '-v / tau', 'u': '{u}'}},\n"
        "                  threshold='v - 1', receive={'u': 'u + w'}, reset={'v': 0},\n"
        "                  parameters={'tau': 0.02})\n"
    )
    (tmp_path / "deaf.py").write_text(source)
    result = saltation("check", tmp_path / "deaf.py", "--samples", "1")
    assert result.exit_code == 1
    assert "neuron 'deaf' does not spike within 0.06 s in the network that this" in result.output
    assert "no verdict on the model" in result.output
    assert "define a sal.Network in the file" in result.output
    assert failure in result.output


def test_check_finds_weights_of_any_size():
    coulombs = Neuron(
        "charges",
        dynamics={"v": "-v/tau"},
        threshold="v - theta",
        reset={"v": "0"},
        receive={"exc": {"v": "v + w/c"}, "inh": {"v": "v - w/c"}},
        parameters={"tau": 9e-3, "c": 281e-12, "theta": 20e-3},
    )
    net = spiking_network(coulombs, 0.06, 1, np.random.default_rng(0))
    exc, inh = (net.values()[f"in_to_out_{port}.weight"] for port in ("exc", "inh"))
    alone = 20e-3 * 281e-12
    assert 0.05 * alone < exc.max() < 2.0 * alone
    assert 0.0 < inh.max() < 0.2 * alone


def test_generate_writes_the_c_of_a_file_s_neurons(models, tmp_path):
    result = saltation("generate", models, "--output", tmp_path / "c")
    assert result.exit_code == 0, result.output
    names = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert names == ["leak.c", "second.c"]
    assert "networks of leak, in double" in (tmp_path / "c" / "leak.c").read_text()


def test_generate_check_accepts_what_it_wrote_and_finds_a_change(tmp_path):
    assert saltation("generate", "--output", tmp_path).exit_code == 0
    assert saltation("generate", "--check", "--output", tmp_path).exit_code == 0
    with (tmp_path / "lif.c").open("a") as file:
        file.write("int edited;\n")
    result = saltation("generate", "--check", "--output", tmp_path)
    assert result.exit_code == 1
    assert "-int edited;" in result.output
    assert "Error: not up to date: 1 file; to accept: saltation generate" in result.output


def test_generate_check_takes_no_file():
    assert saltation("generate", "lif", "--check").exit_code == 2


def test_export_leaves_out_what_is_observed_where_it_is_told_to(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(
        "import saltation as sal\n"
        "net = sal.Network()\n"
        "net.add_input('in', 1)\n"
        "net.add_population('out', sal.models.lif, 1)\n"
        "net.connect('in', 'out', weight=[[7.0]])\n"
        "net.observe('v_max', 'out', 'v', kind='max')\n"
    )
    arguments = ("export", path, "--t-end", "0.05", "--output", tmp_path / "folder")
    refused = saltation(*arguments)
    assert refused.exit_code == 1
    assert "--without-observations" in refused.output
    assert not (tmp_path / "folder").exists()
    np.savez(tmp_path / "best.npz", **{"in->out.weight": [[6.5]]})
    trained = ("--without-observations", "--checkpoint", tmp_path / "best.npz")
    assert saltation(*arguments, *trained).exit_code == 0
    assert "6.5" in (tmp_path / "folder" / "network.c").read_text()


NETWORK = "net = sal.Network()\nnet.add_population('out', leak, 1)\n"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            "",
            "defines no sal.Network at module level, which export wants; its neurons are leak, "
            "also. Write net = ... for the network at module level, or take one neuron alone",
        ),
        (NETWORK + "two = net.copy()\n", "defines several networks (net, two): pick one, as"),
    ],
)
def test_export_asks_for_one_network_at_module_level(models, more, message):
    models.write_text(MODELS + more)
    result = saltation("export", models, "--t-end", "0.05")
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_export_of_a_file_without_models_says_what_it_wants(tmp_path):
    path = tmp_path / "empty.py"
    path.write_text("")
    result = saltation("export", path, "--t-end", "0.05")
    assert result.exit_code == 2
    assert "defines no sal.Network at module level, which export wants" in " ".join(
        result.output.split()
    )
