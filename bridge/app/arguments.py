"""Arguments of the command line; a wrong one ends the program with a sentence and the word of the likeliest one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from bridge.core.errors import UnknownName
from bridge.core.spelling import question

WRONG_USAGE = 2  # the exit status for wrong arguments
NOUN_BY_TYPE = {int: "a whole number", float: "a number"}
MISSING_VALUES = {
    "expected one argument": "wants a value.",
    "expected at least one argument": "wants at least one value.",
}
MISSING_ARGUMENTS = "the following arguments are required: "  # argparse's own words


class Parser(argparse.ArgumentParser):
    """argparse's parser, with errors of one line each; `add` adds its arguments as soon as they are needed."""

    def __init__(self, *names: Any, add: Callable[[Parser], None] | None = None, **more: Any) -> None:
        super().__init__(*names, **more)
        self._add = add

    def ready(self) -> Parser:
        """The parser itself, with all its arguments."""
        add, self._add = self._add, None
        if add:
            add(self)
        return self

    def below(self) -> Mapping[str, Parser]:
        """The parsers of the commands below this one, by name."""
        groups = [each.choices for each in self.ready()._actions if isinstance(each, argparse._SubParsersAction)]
        return {name: parser for group in groups for name, parser in group.items()}

    def show_examples(self, *lines: str, rest: str = "") -> None:
        """Let the help end with these commands, and then the rest."""
        self.formatter_class = argparse.RawDescriptionHelpFormatter
        self.epilog = "examples:\n" + "\n".join(f"  {line}" for line in lines) + f"\n{rest}"

    def parse_known_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override] - its overloads say the same
        """The arguments that are known, and the rest."""
        self.ready()
        return super().parse_known_args(args, namespace)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override] - its overloads say the same
        """All arguments; ends the program for one that is too many."""
        words = sys.argv[1:] if args is None else list(args)
        if words and self._is_strange(words[0]):
            self._refuse(words[0])
        result, rest = self.parse_known_args(words, namespace)
        if rest:
            self._command(words)._refuse(rest[0])
        return result

    def _command(self, words: Sequence[str]) -> Parser:
        """The parser of the command that the words begin with."""
        command = self
        for word in words:
            if word not in command.below():
                break
            command = command.below()[word]
        return command

    def _refuse(self, word: str) -> NoReturn:
        """End the program for a word that this command doesn't take."""
        if not word.startswith("-"):
            self.error(f"{word!r} is one argument too many.")
        name = word.partition("=")[0]
        guess = f"For the file of this name write ./{word}." if Path(word).exists() else ""
        guess = guess or question(name, self._option_string_actions)
        self.error(f"There is no option {name}. {guess or self._help()}")

    def _is_strange(self, word: str) -> bool:
        """Whether that is an option, and none of the program itself."""
        own = (name for action in self._actions for name in action.option_strings)
        return word.startswith("-") and not any(name.startswith(word.partition("=")[0]) for name in own)

    def _help(self) -> str:
        return f"`{self.prog} --help` has all that there is."

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            what = "Command" if isinstance(action, argparse._SubParsersAction) else "The value"
            raise argparse.ArgumentError(action, str(UnknownName(str(value), map(str, action.choices), what=what)))

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            if kind := NOUN_BY_TYPE.get(action.type):  # type: ignore[arg-type] - any callable may stand there
                raise argparse.ArgumentError(action, f"{arg_string!r} is not {kind}.") from error
            raise

    def error(self, message: str) -> NoReturn:
        """Print what is wrong, and end the program."""
        sentence = message.removeprefix("argument ").replace("COMMAND: ", "")
        for words, plain in MISSING_VALUES.items():
            sentence = sentence.replace(f": {words}", f" {plain}")
        if sentence.startswith(MISSING_ARGUMENTS):
            sentence = f"{sentence.removeprefix(MISSING_ARGUMENTS)} is missing. {self._help()}"
        self.exit(WRONG_USAGE, f"{self.prog}: {sentence}\n")
