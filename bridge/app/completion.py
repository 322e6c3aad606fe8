"""Completion of `pixart` by bash, zsh and fish: scripts made of the parser itself, so that no option is listed twice.

The scripts are whole: no Python runs at a press of the Tab key. What a node's menu has, such as palettes, stands in
`completion.json`, which docs/tables.py writes; names that only one ComfyUI has are not among them.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bridge.adapters.styling import STYLES
from bridge.app.arguments import Parser
from bridge.catalog.model_sets import built_in
from bridge.core.places import FILES
from bridge.workflow.library import Library

SHELLS = ("bash", "zsh", "fish")
FILES_OF = "sources"  # the argument for pictures, for which shells complete names of files
INSTALL_BY_SHELL = {
    "bash": "pixart completion bash > ~/.local/share/bash-completion/completions/pixart",
    "zsh": "pixart completion zsh > ~/.zfunc/_pixart, a folder that is in fpath before compinit",
    "fish": "pixart completion fish > ~/.config/fish/completions/pixart.fish",
}


@dataclass(frozen=True)
class Option:
    """One option: its spellings, whether a value follows, the possible values (none: any), and its help."""

    names: tuple[str, ...]
    takes: bool
    choices: tuple[str, ...]
    help: str


@dataclass(frozen=True)
class Command:
    """One command, by its words: options, subcommands with their help, names that it takes, whether it takes files."""

    words: tuple[str, ...]
    options: tuple[Option, ...]
    subcommands: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    files: bool

    @property
    def path(self) -> str:
        """The command's words in one text, as the scripts need it."""
        return " ".join(self.words)


def commands(parser: Parser, words: tuple[str, ...] = ()) -> Iterator[Command]:
    """All commands of a parser, the upper one first."""
    below = [each for each in parser.ready()._actions if isinstance(each, argparse._SubParsersAction)]
    texts = {choice.dest: choice.help or "" for each in below for choice in each._choices_actions}
    names = [(name, texts.get(name, "")) for each in below for name in each.choices]
    options = tuple(_option(each) for each in parser._actions if each.option_strings)
    rest = [each for each in parser._actions if not each.option_strings and each not in below]
    values = tuple(name for each in rest for name in _values(each))
    yield Command(words, options, tuple(names), values, FILES_OF in [each.dest for each in rest])
    for each in below:
        for name, sub in each.choices.items():
            yield from commands(sub, (*words, name))


def _option(action: argparse.Action) -> Option:
    takes = action.nargs != 0
    return Option(tuple(action.option_strings), takes, _values(action) if takes else (), action.help or "")


def _values(action: argparse.Action) -> tuple[str, ...]:
    """The values of an argument that takes one of a list of names; none for any other."""
    return tuple(str(choice) for choice in action.choices or names_by_argument().get(action.dest, ()))


@cache
def names_by_argument() -> dict[str, tuple[str, ...]]:
    """Names for arguments that take others too, by argument."""
    table = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    own = {"style": STYLES, "workflow": Library.open(FILES / "workflows").modes(), "names": built_in().sets}
    return {name: tuple(values) for name, values in {**table, **own}.items()}


def script(parser: Parser, shell: str) -> str:
    """The script that the shell sources to complete the parser's program. `shell` is one of SHELLS."""
    every = list(commands(parser))
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](parser.prog, every)


def _bash(program: str, every: list[Command]) -> str:
    """One function, which finds the command among the words before the cursor, and offers the words that may follow."""
    name = f"_{program}"
    cases = "\n".join(_bash_case(command) for command in every)
    paths = " ".join(shlex.quote(command.path) for command in every if command.words)
    return f"""# bash completion of {program}. {INSTALL_BY_SHELL["bash"]}
{name}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} path='' offered='' each
    [[ $word == = ]] && word=''
    [[ $before == = ]] && before=${{COMP_WORDS[COMP_CWORD-2]}}
    local -a paths=({paths})
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ " ${{paths[*]/#/|}} " == *"|${{path:+$path }}$each "* ]] && path="${{path:+$path }}$each"
    done
    case "$path:$before" in
{cases}
    esac
    COMPREPLY=($(compgen -W "$offered" -- "$word"))
}}
complete -o bashdefault -o default -F {name} {program}
"""


def _bash_case(command: Command) -> str:
    """The branches of one command: the words after each option with a value, and the words elsewhere."""
    path = shlex.quote(command.path)
    values = [(name, option.choices) for option in command.options if option.takes for name in option.names]
    names = [*(name for name, _ in command.subcommands), *command.names]
    names += [name for each in command.options for name in each.names]
    cases = [f"        {path}:{name}) offered={_words(choices)};;" for name, choices in values]
    files = "[[ $word == -* ]] && " if command.files else ""
    return "\n".join([*cases, f"        {path}:*) {files}offered={_words(names)};;"])


def _words(words: tuple[str, ...] | list[str]) -> str:
    return shlex.quote(" ".join(words))


def _zsh(program: str, every: list[Command]) -> str:
    """One function a command, each by zsh's own `_arguments`."""
    functions = "\n".join(_zsh_function(program, command) for command in every)
    own = f"_{program}"  # where zsh loads the file at the first press of Tab, it is to complete at once
    end = f'if [[ $funcstack[1] == {own} ]]; then {own} "$@"; else compdef {own} {program}; fi'
    return f"#compdef {program}\n# {INSTALL_BY_SHELL['zsh']}\n{functions}\n{end}\n"


def _zsh_function(program: str, command: Command) -> str:
    """A function that offers a command's options, and subcommands or files."""
    name, end = _zsh_name(program, command.words), " \\"
    specs = [f"    {shlex.quote(spec)}{end}" for option in command.options for spec in _zsh_specs(option)]
    if not command.subcommands:
        rest = f"*:name:({' '.join(command.names)})" if command.names else "*:file:_files"
        return "\n".join([f"{name}() {{", f"  _arguments -s{end}", *specs, f"    {shlex.quote(rest)}", "}"])
    pairs = " ".join(f"{word}\\:{_plain(text).replace(' ', chr(92) + ' ')}" for word, text in command.subcommands)
    cases = [f"    {word}) {_zsh_name(program, (*command.words, word))};;" for word, _ in command.subcommands]
    lines = [f"{name}() {{", "  local line", f"  _arguments -C{end}", *specs]
    lines += [f"    {shlex.quote(f'1:command:(({pairs}))')}{end}", "    '*::argument:->argument'", "  case $line[1] in"]
    return "\n".join([*lines, *cases, "  esac", "}"])


def _zsh_name(program: str, words: tuple[str, ...]) -> str:
    return "_".join(["", program, *words])


def _zsh_specs(option: Option) -> Iterator[str]:
    value = f":value:({' '.join(option.choices)})" if option.choices else ":value:_files" if option.takes else ""
    for name in option.names:
        joined = "=" if option.takes and name.startswith("--") else ""  # its value may follow with or without that mark
        yield f"{name}{joined}[{_plain(option.help)}]{value}"


def _plain(text: str) -> str:
    """A help text without characters that are special to shells; an apostrophe is a curved one."""
    text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
    return re.sub(r"[\[\]:'\"`$\\()]", " ", text).replace("%%", "%")


def _fish(program: str, every: list[Command]) -> str:
    """A line an option and a subcommand, each under the condition that its command was typed."""
    lines = [f"# fish completion of {program}. {INSTALL_BY_SHELL['fish']}"]
    for command in every:
        when = _fish_condition(command)
        for name, text in command.subcommands:
            lines.append(f"complete -c {program} -n {shlex.quote(when)} -f -a {name} -d {shlex.quote(_plain(text))}")
        if command.names:
            lines.append(f"complete -c {program} -n {shlex.quote(when)} -f -a {shlex.quote(' '.join(command.names))}")
        for option in command.options:
            lines.append(f"complete -c {program} -n {shlex.quote(when)}{_fish_option(option)}")
    return "\n".join(lines) + "\n"


def _fish_condition(command: Command) -> str:
    """The condition that the command's own words were typed, and none of a subcommand's."""
    conditions = [f"__fish_seen_subcommand_from {word}" for word in command.words]
    names = " ".join(name for name, _ in command.subcommands)
    return "; and ".join([*conditions, *([f"not __fish_seen_subcommand_from {names}"] if names else [])]) or "true"


def _fish_option(option: Option) -> str:
    spelled = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
    value = f" -x -a {shlex.quote(' '.join(option.choices))}" if option.choices else " -r" if option.takes else ""
    return f"{spelled}{value} -d {shlex.quote(_plain(option.help))}"
