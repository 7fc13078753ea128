"""Options of the three logs."""

from sidegate.config.options.option import Kind, Option, section

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
        "logging-format",
        Kind.TEXT,
        "text",
        "How lines of the three logs are written: by their templates, or as JSON.",
        choices=("text", "json"),
        own=True,
    ),
    Option(
        "auth-logging-format",
        Kind.TEXT,
        AUTH_FORMAT,
        "Template of the sign-in log.",
        note="TraceID may be used too. Values are escaped, so that no client can forge a line.",
    ),
    Option(
        "standard-logging-format",
        Kind.TEXT,
        STANDARD_FORMAT,
        "Template of the standard log.",
        note="File is the part of the gate that speaks.",
    ),
    Option(
        "request-logging-format",
        Kind.TEXT,
        REQUEST_FORMAT,
        "Template of the request log.",
        note="As `auth_logging_format`.",
    ),
    Option(
        "logging-filename",
        Kind.TEXT,
        "",
        "Log to this file instead of standard output.",
        note="A file that others rotate (logrotate) is opened anew by itself.",
    ),
    Option(
        "logging-max-size",
        Kind.INT,
        100,
        "Megabytes after which the log file is rotated.",
    ),
    Option(
        "logging-max-age",
        Kind.INT,
        7,
        "Days for which rotated log files are kept.",
    ),
    Option(
        "logging-max-backups",
        Kind.INT,
        0,
        "Rotated log files that are kept; 0 keeps all.",
    ),
    Option(
        "logging-compress",
        Kind.BOOL,
        default=False,
        help="Compress rotated log files.",
    ),
    Option(
        "audit-log-file",
        Kind.TEXT,
        "",
        "Write every security event to this file too, one line of JSON each.",
        own=True,
    ),
    Option(
        "audit-log-max-size",
        Kind.INT,
        100,
        "Megabytes after which the audit file is rotated; it is at the end of each day too.",
        own=True,
    ),
    Option(
        "audit-log-max-age",
        Kind.INT,
        365,
        "Days for which rotated audit files are kept; 0 keeps all.",
        own=True,
    ),
    Option(
        "audit-log-compress",
        Kind.BOOL,
        default=False,
        help="Compress rotated audit files.",
        own=True,
    ),
    Option(
        "audit-hash-chain",
        Kind.BOOL,
        default=False,
        help="Number each line of the audit file, and let it carry the hash of the one before.",
        own=True,
    ),
)
