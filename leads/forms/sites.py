"""What people choose about the visits of a web site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leads.forms.designs import clean_origins, origins_field
from leads.forms.sources import SourceForm


class SiteForm(SourceForm):
    """Whose pages may report visits."""

    origins = origins_field()

    @classmethod
    def initial_of(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"origins": "\n".join(options.get("origins", []))}

    def clean_origins(self) -> list[str]:
        """Each line as an origin."""
        return clean_origins(self.cleaned_data["origins"])

    def options(self) -> dict[str, Any]:
        return {"origins": self.cleaned_data["origins"]}
