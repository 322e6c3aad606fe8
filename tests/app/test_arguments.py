"""Wrong arguments: one sentence each, with the word that was likely meant, and the exit status 2."""

import pytest

from bridge.cli import main


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("mak", "pixart: Command 'mak' is unknown. Did you mean 'make'?"),
        ("models gett sd15", "pixart models: Command 'gett' is unknown. Did you mean 'get'?"),
        ("make a.png --pallete x", "pixart: There is no option --pallete. Did you mean '--palette'?"),
        ("make a.png --qqqq=1", "pixart: There is no option --qqqq. `pixart --help` has all that there is."),
        ("make a.png --fit longst", "pixart make: --fit: The value 'longst' is unknown. Did you mean 'longest'?"),
        ("make a.png --seed two", "pixart make: --seed: 'two' is not a whole number."),
        ("make --workflow", "pixart make: --workflow wants a value."),
        ("doctor twice", "pixart: 'twice' is one argument too many."),
        ("keys add", "pixart keys add: NAME is missing. `pixart keys add --help` has all that there is."),
        ("--versoin", "pixart: There is no option --versoin. Did you mean '--version'?"),
        ("--port 80 serve", "pixart: There is no option --port here. `pixart --help` has all that there is."),
        ("doctor --size 64", "pixart: There is no option --size here. `pixart --help` has all that there is."),
        ("", "pixart: COMMAND is missing. `pixart --help` has all that there is."),
    ],
)
def test_what_is_wrong_with_arguments_is_told_in_a_sentence(typed, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(typed.split())
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{said}\n")


def test_one_file_that_is_not_there_is_told_before_anything_is_started(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["make", "lost.png"]) == 1
    assert capsys.readouterr().err == "pixart: lost.png: No such file or directory.\n"
    assert main(["make", "knight"]) == 1
    assert capsys.readouterr().err == "pixart: There is no file knight. To draw what a word says: --prompt knight.\n"
