"""What our pages load from us: the stylesheet, and the logo of the site."""

import hashlib
from http import HTTPStatus

from sidegate.core.messages import RequestHead, Response
from sidegate.pages.answers import NOSNIFF
from sidegate.pages.brand import Brand, Picture
from sidegate.pages.parts import read

# For whoever opens the address of the logo: an SVG is a document there.
_LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class Assets:
    """Serves them, and knows the addresses at which pages find them. `prefix`: `proxy_prefix`."""

    def __init__(self, prefix: str, brand: Brand) -> None:
        self._css = read("sidegate.css") + brand.style.encode()
        self._tag = hashlib.sha256(self._css).hexdigest()[:16]
        self._picture = brand.logo if isinstance(brand.logo, Picture) else None
        self.stylesheet_address = f"{prefix}/static/sidegate.css?v={self._tag}"
        self.logo_address = brand.logo if isinstance(brand.logo, str) else ""
        if self._picture is not None:
            self.logo_address = f"{prefix}/static/logo?v={self._picture.tag}"
        self.pictures = (brand.logo,) if isinstance(brand.logo, str) else ()
        """Addresses of pictures elsewhere, for the policy of a page."""

    def stylesheet(self, head: RequestHead) -> Response:
        """Return the stylesheet: for a year under its own hash, else to be asked for again."""
        return _asset(head, self._tag, "text/css; charset=utf-8", self._css)

    def logo(self, head: RequestHead) -> Response | None:
        """Return the logo that we serve ourselves, None where there is none."""
        picture = self._picture
        if picture is None:
            return None
        response = _asset(head, picture.tag, picture.kind, picture.content)
        response.headers.append(("Content-Security-Policy", _LOGO_POLICY))
        return response


def _asset(head: RequestHead, tag: str, kind: str, content: bytes) -> Response:
    own = head.query == f"v={tag}".encode()
    lasting = "public, max-age=31536000, immutable" if own else "no-cache"
    headers = [("ETag", f'"{tag}"'), ("Cache-Control", lasting)]
    if f'"{tag}"' in head.text(b"if-none-match"):
        return Response(HTTPStatus.NOT_MODIFIED, headers)
    headers += [("Content-Type", kind), NOSNIFF]
    return Response(HTTPStatus.OK, headers, content)
