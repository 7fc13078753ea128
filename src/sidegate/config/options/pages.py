"""Options of the pages people see."""

from sidegate.config.options.option import Kind, Option, section

PAGES = section(
    "Pages",
    Option(
        "brand-name",
        Kind.TEXT,
        "",
        "Name of the site or company, above every page and in its title.",
        own=True,
    ),
    Option(
        "accent-color",
        Kind.TEXT,
        "",
        'Colour of buttons and links, as in "#1f5fbf". It has to be readable on white; for dark '
        "pages it is made brighter.",
        own=True,
    ),
    Option(
        "custom-sign-in-logo",
        Kind.TEXT,
        "",
        'Logo: a PNG, JPEG or SVG file, or an https address of one; "-" for none.',
        note="It is above every page. What a file is, its content says, and an SVG holds no "
        "script. An address is asked by the browser of everybody who signs in.",
    ),
    Option(
        "banner",
        Kind.TEXT,
        "",
        'Text of the sign-in page; "-" for none.',
        note="A little HTML is taken (a, b, br, code, em, i, li, p, small, span, strong, ul), and "
        "everything else refused at the start.",
    ),
    Option(
        "footer",
        Kind.TEXT,
        "",
        'Text at the foot of every page, HTML as for banner; "-" for none.',
        note="There is none by default.",
    ),
    Option(
        "custom-templates-dir",
        Kind.TEXT,
        "",
        "Folder with sign_in.html, error.html and robots.txt, each in place of ours if there.",
        note="The part of Go's templates that pages need is taken, and what is not is told at the "
        "start; see docs/pages.md. No secret is in reach. Scripts and styles in a page work by "
        "their hash.",
    ),
    Option(
        "display-htpasswd-form",
        Kind.BOOL,
        default=True,
        help="Show the password form when htpasswd_file is set. Without it programs can still "
        "sign in, and browsers cannot.",
    ),
    Option(
        "help-url",
        Kind.TEXT,
        "",
        "Where you keep a copy of docs/errors.md: error pages link their code there, as "
        "ADDRESS#CODE. Empty: no link.",
        own=True,
    ),
    Option(
        "show-debug-on-error",
        Kind.BOOL,
        default=False,
        help="Show on error pages what the log says of the error.",
        risk="whoever sees an error page reads internal details, such as hosts and what a provider "
        "said",
    ),
)
