"""An immutable model of a file's content that refuses unknown keys."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Refuses keys that it does not define."""

    model_config = ConfigDict(extra="forbid", frozen=True)
