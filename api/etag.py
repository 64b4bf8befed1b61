"""Edits that collide: an ETag names the version that was seen, If-Match the version that may be changed."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Response

from clinic.errors import ClinicError

SHAPE = re.compile(r'(?:W/)?"(\d{1,9})"')


class BadTag(ClinicError):
    """If-Match carries the ETag of an earlier answer, such as "3", with its quotes."""

    code, status = "bad_tag", 422


@dataclass(frozen=True, slots=True)
class EditTag:
    """``version``: the one that the author of a change has seen; None where they do not say."""

    response: Response
    version: int | None

    def set(self, version: int) -> None:
        """Put the version on the answer."""
        self.response.headers["ETag"] = f'"{version}"'


async def edit_tag(
    response: Response,
    if_match: Annotated[
        str | None,
        Header(max_length=100, description="The ETag that you have seen: refused with 412 if it changed meanwhile."),
    ] = None,
) -> EditTag:
    """From the headers. Raises ``BadTag``."""
    if if_match is None or if_match.strip() == "*":
        return EditTag(response, None)
    found = SHAPE.fullmatch(if_match.strip())
    if found is None:
        raise BadTag
    return EditTag(response, int(found[1]))


Tag = Annotated[EditTag, Depends(edit_tag)]
