"""What is wrong with a text that is no YAML, said to a person: the parser's own words name its rules, not the fault."""

from __future__ import annotations

from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Where a text breaks (line and column count from 1, None when unknown), why, and what to do."""

    line: int | None
    column: int | None
    message: str
    hint: str | None = None


_INDENTATION = "lines of one map, or of one list, begin in the same column"
_QUOTE = "put the text between quotes"
_BY_PROBLEM = {
    "mapping values are not allowed in this context": (
        "this `: ` belongs to no map",
        "quote a text that holds it; else, is the line indented too far?",
    ),
    "did not find expected <document start>": ("this does not belong to what stands above", _INDENTATION),
    "did not find expected alphabetic or numeric character": ("a name must follow & or *", _QUOTE),
    "could not find expected ':'": ("this is neither `key: value` nor an item of a list", None),
    "found undefined tag handle": ("a tag (!) that YAML does not know", _QUOTE),
    "found unknown escape character": ("an escape (\\) that YAML does not know", "write \\\\ for a backslash"),
    "block sequence entries are not allowed in this context": ("a list cannot begin here", "begin it on a new line"),
}
_BY_CONTEXT = {
    "while parsing a block mapping": ("this line does not fit the map that begins on line {line}", _INDENTATION),
    "while parsing a block collection": ("this line does not fit the list that begins on line {line}", _INDENTATION),
    "while parsing a flow mapping": ("the {{ on line {line} is not closed before this", "add , or }"),
    "while parsing a flow sequence": ("the [ on line {line} is not closed before this", "add , or ]"),
    "while scanning a quoted scalar": ("the quote that opens on line {line} is not closed", "add the other quote"),
    "while parsing a flow node": ("a value is missing here", None),
    "while parsing a node": ("a value is missing here", None),
    "while parsing a block node": ("a value is missing here", None),
}


def describe_problem(error: yaml.MarkedYAMLError, text: str) -> YamlProblem:
    """Say what a parser's error means."""
    problem, context = str(error.problem or ""), str(error.context or "")
    mark = error.problem_mark or error.context_mark
    if context == "while scanning a quoted scalar" and "end of stream" in problem:
        mark = error.context_mark
    line, column = _place(mark, text)
    opened = error.context_mark.line + 1 if error.context_mark else line
    message: str
    hint: str | None
    if problem == "found character that cannot start any token" or "tab character" in problem:
        message, hint = _wrong_beginning(text, mark)
    elif problem in _BY_PROBLEM:
        message, hint = _BY_PROBLEM[problem]
    elif context in _BY_CONTEXT:
        template, hint = _BY_CONTEXT[context]
        message = template.format(line=opened)
    else:
        message, hint = problem or context or "unreadable", None
    return YamlProblem(line, column, message, hint)


def _place(mark: yaml.Mark | None, text: str) -> tuple[int | None, int | None]:
    """Line and column of a mark; the end of the text is the end of its last line."""
    if mark is None:
        return None, None
    lines = text.rstrip().split("\n")
    if mark.line < len(lines):
        return mark.line + 1, mark.column + 1
    return len(lines), len(lines[-1]) + 1


def _wrong_beginning(text: str, mark: yaml.Mark | None) -> tuple[str, str]:
    lines = text.split("\n")
    rest = lines[mark.line][mark.column :] if mark and mark.line < len(lines) else ""
    if not rest.strip() or rest.startswith("\t"):
        return "a tab in the indentation", "indent with spaces"
    return f"a value cannot begin with {rest[0]}", _QUOTE
