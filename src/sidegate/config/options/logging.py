"""Options of the three logs."""

from sidegate.config.options.option import Kind, Option, Status, section

AUTH_FORMAT = (
    "{{.Client}} - {{.RequestID}} - {{.Username}} [{{.Timestamp}}] [{{.Status}}] {{.Message}}"
)
REQUEST_FORMAT = (
    "{{.Client}} - {{.RequestID}} - {{.Username}} [{{.Timestamp}}] {{.Host}} {{.RequestMethod}} "
    "{{.Upstream}} {{.RequestURI}} {{.Protocol}} {{.UserAgent}} {{.StatusCode}} "
    "{{.ResponseSize}} {{.RequestDuration}}"
)
STANDARD_FORMAT = "[{{.Timestamp}}] [{{.File}}] {{.Message}}"

LOGGING = section(
    "Logging",
    Option("standard-logging", Kind.BOOL, default=True, help="Log what the process does."),
    Option("auth-logging", Kind.BOOL, default=True, help="Log sign-ins and refusals."),
    Option("request-logging", Kind.BOOL, default=True, help="Log requests."),
    Option(
        "logging-level",
        Kind.TEXT,
        "info",
        "Least level of the standard log.",
        choices=("debug", "info", "warning", "error"),
        own=True,
    ),
    Option("logging-local-time", Kind.BOOL, default=True, help="Log local time instead of UTC."),
    Option(
        "errors-to-info-log",
        Kind.BOOL,
        default=False,
        help="Write errors to standard output like everything else.",
    ),
    Option(
        "exclude-logging-path",
        Kind.LIST,
        (),
        "Paths whose requests are not logged.",
        plural="exclude_logging_paths",
    ),
    Option(
        "silence-ping-logging",
        Kind.BOOL,
        default=False,
        help="Do not log requests of ping_path and ready_path.",
    ),
    Option(
        "auth-logging-format",
        Kind.TEXT,
        AUTH_FORMAT,
        "Template of the sign-in log.",
        status=Status.PLANNED,
    ),
    Option(
        "standard-logging-format",
        Kind.TEXT,
        STANDARD_FORMAT,
        "Template of the standard log.",
        status=Status.PLANNED,
    ),
    Option(
        "request-logging-format",
        Kind.TEXT,
        REQUEST_FORMAT,
        "Template of the request log.",
        status=Status.PLANNED,
    ),
    Option(
        "logging-filename",
        Kind.TEXT,
        "",
        "Log to this file instead of standard output.",
        status=Status.PLANNED,
    ),
    Option(
        "logging-max-size",
        Kind.INT,
        100,
        "Megabytes after which the log file is rotated.",
        status=Status.PLANNED,
    ),
    Option(
        "logging-max-age",
        Kind.INT,
        7,
        "Days for which rotated log files are kept.",
        status=Status.PLANNED,
    ),
    Option(
        "logging-max-backups",
        Kind.INT,
        0,
        "Rotated log files that are kept; 0 keeps all.",
        status=Status.PLANNED,
    ),
    Option(
        "logging-compress",
        Kind.BOOL,
        default=False,
        help="Compress rotated log files.",
        status=Status.PLANNED,
    ),
)
