"""A model of a file's content: a key that is not known is refused, and what was read does not change."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Refuses keys that it does not define."""

    model_config = ConfigDict(extra="forbid", frozen=True)
