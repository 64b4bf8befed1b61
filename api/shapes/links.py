"""Links and posters as the API shows them."""

from typing import Literal

from pydantic import Field

from api.shapes import Shape

LinkKind = Literal["clinic", "service", "doctor", "check_in"]


class NumberOut(Shape):
    """The WhatsApp number that a link writes to."""

    channel_id: str
    shown: str = Field(examples=["+91 80 4123 4567"])


class LinkOut(Shape):
    """A link that opens WhatsApp with a text typed in. Of the text only the code counts, in whatever company it comes:
    the conversation begins at what `id` names, which is a service, a doctor or the clinic."""

    kind: LinkKind
    id: str
    name: str = Field(examples=["Dr Anil Sharma"])
    language: str = Field(examples=["en"])
    number: NumberOut
    text: str = Field(examples=["I would like to book with Dr Anil Sharma (#D7K3QX)"])
    url: str = Field(
        examples=["https://wa.me/918041234567?text=I%20would%20like%20to%20book%20a%20visit%20%28%23D7K3QX%29"]
    )


class LinkList(Shape):
    """All links of a clinic, in the order of its lists; none while the practice has no number."""

    items: list[LinkOut]
