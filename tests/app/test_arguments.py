"""Wrong arguments: one sentence each, with the word that was likely meant, and the exit status 2."""

import shlex
import subprocess
import sys

import pytest

from bridge.app.completion import commands
from bridge.cli import main, parser
from bridge.core.places import ROOT

COMMANDS = [command.words for command in commands(parser())]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("mak", "pixart: Command 'mak' is unknown. Did you mean 'make'?"),
        ("models gett sd15", "pixart models: Command 'gett' is unknown. Did you mean 'get'?"),
        ("make a.png --pallete x", "pixart make: There is no option --pallete. Did you mean '--palette'?"),
        ("make a.png --qqqq=1", "pixart make: There is no option --qqqq. `pixart make --help` has all that there is."),
        ("make a.png --fit longst", "pixart make: --fit: The value 'longst' is unknown. Did you mean 'longest'?"),
        ("make a.png --seed two", "pixart make: --seed: 'two' is not a whole number."),
        ("make --workflow", "pixart make: --workflow wants a value."),
        ("doctor --frob", "pixart doctor: There is no option --frob. `pixart doctor --help` has all that there is."),
        ("models get sd15 --yess", "pixart models get: There is no option --yess. Did you mean '--yes'?"),
        ("doctor twice", "pixart doctor: 'twice' is one argument too many."),
        ("keys add", "pixart keys add: NAME is missing. `pixart keys add --help` has all that there is."),
        ("--versoin", "pixart: There is no option --versoin. Did you mean '--version'?"),
        ("--port 80 serve", "pixart: There is no option --port. `pixart --help` has all that there is."),
        ("doctor --size 64", "pixart doctor: There is no option --size. `pixart doctor --help` has all that there is."),
        ("", "pixart: COMMAND is missing. `pixart --help` has all that there is."),
    ],
)
def test_what_is_wrong_with_arguments_is_told_in_a_sentence(typed, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(typed.split())
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{said}\n")


def test_a_file_whose_name_begins_as_an_option_does_is_told_how_to_be_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-dash.png").touch()
    with pytest.raises(SystemExit):
        main(["make", "-dash.png"])
    said = "There is no option -dash.png. For the file of this name write ./-dash.png."
    assert capsys.readouterr().err == f"pixart make: {said}\n"


def test_one_file_that_is_not_there_is_told_before_anything_is_started(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["make", "lost.png"]) == 1
    assert capsys.readouterr().err == "pixart: lost.png: No such file or directory.\n"
    assert main(["make", "knight"]) == 1
    assert capsys.readouterr().err == "pixart: There is no file knight. To draw what a word says: --prompt knight.\n"


def example_lines(words):
    """The examples at the end of a command's help."""
    command = parser()
    for word in words:
        command = command.below()[word]
    _, _, lines = command.ready().format_help().partition("\nexamples:\n")
    return [line.strip() for line in lines.splitlines() if line.startswith("  ")]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_ends_with_examples_that_the_parser_takes(words):
    lines = example_lines(words)
    assert lines
    for line in lines:
        typed = shlex.split(line.partition(" > ")[0].partition("pixart ")[2])
        assert tuple(typed[: len(words)]) == words
        assert callable(parser().parse_args(typed).run)


def test_the_list_of_commands_is_printed_without_what_only_a_command_needs():
    code = "import sys; from bridge.cli import parser; parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"aiohttp", "asyncio", "pydantic", "sqlalchemy", "bridge.adapters"} & set(done.stdout.split())
