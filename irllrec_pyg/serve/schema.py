"""What requests and answers hold."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

_STRICT = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class RecommendRequest(BaseModel):
    """A request for the best items of some known users."""

    model_config = _STRICT
    users: list[str] = Field(description="Ids of users.", examples=[["3", "17"]])
    k: int = Field(10, description="Number of items per user.", examples=[10])
    exclude: list[str] = Field([], description="Ids of items that are left out.", examples=[["Coldplay"]])
    candidates: list[str] | None = Field(
        None, alias="among", description="Ids of the only items to choose from; all items where it is missing."
    )
    exclude_history: bool = Field(True, description="Whether items that a user is known to have taken are left out.")


class RecommendForRequest(BaseModel):
    """A request for the best items of someone whom training did not see."""

    model_config = _STRICT
    history: list[str] = Field([], description="Ids of items that they took.", examples=[["Coldplay", "Keane"]])
    text: str | None = Field(None, description="What they say about themselves.", examples=["I like calm music."])
    k: int = Field(10, description="Number of items.", examples=[10])


class RecommendedItem(BaseModel):
    """One recommendation."""

    item: str = Field(description="Id of the item.", examples=["Muse"])
    rank: int = Field(description="Place in the list, from 1.", examples=[1])
    score: float = Field(description="Score of the ranker; higher is better.", examples=[2.31])
    title: str | None = Field(None, description="Title of the item, where the data has titles.")


class UserRecommendations(BaseModel):
    """The best items of one user."""

    user: str = Field(description="Id of the user.", examples=["3"])
    items: list[RecommendedItem] = Field(description="Best first. Fewer than 'k' where fewer are left.")


class Recommendations(BaseModel):
    """The best items of each user, in the order of the request."""

    recommendations: list[UserRecommendations]


class NewUserRecommendations(BaseModel):
    """The best items of someone whom training did not see."""

    items: list[RecommendedItem] = Field(description="Best first. Fewer than 'k' where fewer are left.")


class Similar(BaseModel):
    """Items or users that are alike."""

    similar: list[dict[str, Any]] = Field(
        description="Most similar first.",
        examples=[[{"item": "Coldplay", "similar_item": "Keane", "rank": 1, "score": 0.9}]],
    )


class Reason(BaseModel):
    """Why an item is recommended to a user. Further fields hold the amounts that the sentences name."""

    model_config = ConfigDict(extra="allow")
    user: str = Field(description="Id of the user.", examples=["3"])
    item: str = Field(description="Id of the item.", examples=["Muse"])
    text: str = Field(description="The explanation in a few sentences.")


class UserEntry(BaseModel):
    """A user that a search found."""

    user: str = Field(description="Id of the user.", examples=["3"])
    history: int = Field(description="Number of items that they took.", examples=[38])
    title: str | None = Field(None, description="Title of the user, where the data has titles.")


class UserPage(BaseModel):
    """A page of users."""

    total: int = Field(description="How many were found.", examples=[1859])
    offset: int = Field(description="How many were skipped.", examples=[0])
    users: list[UserEntry]


class ItemEntry(BaseModel):
    """An item that a search found."""

    item: str = Field(description="Id of the item.", examples=["Coldplay"])
    title: str | None = Field(None, description="Title of the item, where the data has titles.")


class ItemPage(BaseModel):
    """A page of items."""

    total: int = Field(description="How many were found.", examples=[2])
    offset: int = Field(description="How many were skipped.", examples=[0])
    items: list[ItemEntry]


class Health(BaseModel):
    """The engine in use."""

    status: str = Field(description="'ok' where the server answers.", examples=["ok"])
    name: str = Field(description="Name of the engine.", examples=["my-engine"])
    ranker: str = Field(description="Class of its ranker.", examples=["FittedRanker"])
    identity: str | None = Field(description="Identity of the search that chose it, where there was one.")
    data: str = Field(description="Hash of its data.", examples=["0f3a1c5e9b7d2468"])
    versions: dict[str, str] = Field(description="Versions of packages.", examples=[{"torch": "2.13.0"}])
    num_users: int = Field(description="Number of users.", examples=[1859])
    num_items: int = Field(description="Number of items.", examples=[2813])
    num_interactions: int = Field(description="Number of training interactions.", examples=[66792])
    loaded_at: str = Field(description="When it was loaded.", examples=["2025-05-01T12:00:00+00:00"])


class Problem(BaseModel):
    """What went wrong."""

    detail: str = Field(description="One sentence.", examples=["'k' must lie between 1 and 1000 (got 0)"])
