"""The page shows whom the gate named, and nothing a visitor typed can become markup."""

from sidegate.demo import page


def test_the_person_is_greeted_by_name():
    shown = page.render(
        "/", [("x-forwarded-email", "a@example.com"), ("x-forwarded-groups", "x,y")]
    )
    assert "Hello a@example.com" in shown
    assert "<td>x,y" in shown


def test_without_identity_it_is_a_stranger():
    assert "Hello stranger" in page.render("/", [])


def test_markup_in_a_header_or_in_the_address_stays_text():
    shown = page.render("/<script>", [("x-forwarded-user", "<script>")])
    assert shown.count("<script>") == 1
