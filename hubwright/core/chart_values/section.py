"""What the models of chart values share: unknown keys are refused, and only what was set is given to Helm."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Value = Any
"""A string that may not be known yet: plain text, a `StandIn`, or an output of the program. It is never looked into."""

Model = TypeVar("Model", bound="ChartSection")


class ChartSection(BaseModel):
    """A map of chart values. Fields are snake_case here and camelCase in the chart, unless a field names its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_values(self) -> dict[str, Any]:
        """Return what was set, under the chart's names, in the order of the fields; what was left out stays out.

        Pydantic's own dump would look into values that are not known yet.
        """
        return {
            field.serialization_alias or self._spell(name): _plain(getattr(self, name))
            for name, field in type(self).model_fields.items()
            if name in self.model_fields_set
        }

    def _spell(self, name: str) -> str:
        return to_camel(name)


class TraitSection(ChartSection):
    """A map of traitlets settings: these are snake_case in the chart too."""

    def _spell(self, name: str) -> str:
        return name


def given(model: type[Model], **fields: Any) -> Model:
    """Build a section out of the fields that are not None: a chart reads null as "delete the default"."""
    return model(**{name: value for name, value in fields.items() if value is not None})


def _plain(value: Any) -> Any:
    if isinstance(value, ChartSection):
        return value.to_values()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
