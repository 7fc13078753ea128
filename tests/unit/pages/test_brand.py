"""Without options the brand is nothing."""

from sidegate.pages.brand import Brand, Picture


def test_a_site_that_says_nothing_has_plain_pages() -> None:
    brand = Brand()
    assert not any((brand.name, brand.logo, brand.banner, brand.footer, brand.style, brand.custom))
    assert brand.robots == "User-agent: *\nDisallow: /\n"


def test_another_picture_has_another_name() -> None:
    assert Picture(b"a", "image/png").tag != Picture(b"b", "image/png").tag
