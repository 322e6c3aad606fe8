"""Completion by shells: the scripts know every command and option, and a shell that is here runs its own."""

import shutil
import subprocess

import pytest

from bridge.app.completion import SHELLS, commands, script
from bridge.cli import parser

KNOWN = {command.path: command for command in commands(parser())}
PROGRAMS = {name: shutil.which(name) for name in SHELLS}


def test_every_command_is_known_with_those_below_it():
    assert {"", "serve", "make", "models", "models get", "keys", "keys add", "completion"} <= KNOWN.keys()
    assert {name for name, _ in KNOWN["keys"].subcommands} == {"add", "list", "remove"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_has_every_option_of_every_command(shell):
    text = script(parser(), shell)
    names = {name for command in KNOWN.values() for option in command.options for name in option.names}
    spelled = {name.lstrip("-") if shell == "fish" else name for name in names}
    assert [name for name in sorted(spelled) if name not in text] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_is_here_can_read_its_script(shell, tmp_path):
    if PROGRAMS[shell] is None:
        pytest.skip(f"{shell} isn't here")
    (tmp_path / "script").write_text(script(parser(), shell))
    done = subprocess.run([PROGRAMS[shell], "-n", tmp_path / "script"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def completed(*words):
    """What bash offers for the last of these words."""
    line = f"""
{script(parser(), "bash")}
COMP_WORDS=(pixart "$@"); COMP_CWORD=$#
_pixart
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", line, "bash", *words], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(PROGRAMS["bash"] is None, reason="bash isn't here")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["m"], ["make", "models", "migrate"]),
        (["make", "--di"], ["--dither"]),
        (["make", "a.png", "--fit", ""], ["stretch", "crop", "pad", "longest", "cut", "keep"]),
        (["check", "art.png", "--ma"], ["--machine", "--mask"]),
        (["make", "keys", "--no-m"], ["--no-metadata"]),
        (["models", "g"], ["get"]),
        (["models", "get", "--y"], ["--yes"]),
        (["keys", "add", "ann", "--p"], ["--priority"]),
        (["make", "--palette", "sw"], ["sweetie-16"]),
        (["make", "a.png", "--style", "=", "retro"], ["retro-8bit", "retro-16bit"]),  # as bash splits `--style=retro`
        (["make", "--dither", "bayer-1"], ["bayer-16"]),
        (["check", "art.png", "--machine", "mega"], ["megadrive"]),
        (["make", "--workflow", "pixelate"], ["pixelate", "pixelate_paper"]),
        (["models", "get", "sd1"], ["sd15"]),
        (["make", "--colors", "p"], []),
        (["make", ""], []),  # files, which the shell itself knows
        (["completion", "f"], ["fish"]),
        (["completion", "--h"], ["--help"]),
    ],
)
def test_bash_offers_what_may_follow(words, offered):
    assert completed(*words) == offered
