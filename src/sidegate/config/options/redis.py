"""Options of the Redis server that keeps sessions."""

from sidegate.config.options.option import Kind, Option, section

REDIS = section(
    "Sessions in Redis",
    Option(
        "redis-connection-url",
        Kind.TEXT,
        "",
        "Redis server: redis://HOST:PORT/DB, rediss:// for TLS, or unix:///PATH?db=N.",
        secret=True,
    ),
    Option("redis-username", Kind.TEXT, "", "Redis user (ACL), instead of the one in the URL."),
    Option(
        "redis-password",
        Kind.TEXT,
        "",
        "Redis password, instead of the one in the URL. Better given as a file.",
        secret=True,
    ),
    Option(
        "redis-password-file",
        Kind.TEXT,
        "",
        "File that holds the Redis password.",
        own=True,
        field="redis_password",
        note="One final newline is cut off.",
    ),
    Option(
        "redis-key-prefix",
        Kind.TEXT,
        "",
        "What the names of all keys and channels in Redis begin with. Empty: the cookie_name.",
        own=True,
    ),
    Option(
        "redis-ca-path",
        Kind.TEXT,
        "",
        "File of CA certificates to verify Redis with, instead of those of the system.",
    ),
    Option(
        "redis-insecure-skip-tls-verify",
        Kind.BOOL,
        default=False,
        help="Do not verify the certificate of Redis.",
        risk="whoever is on the way can be the Redis server",
    ),
    Option(
        "redis-connection-idle-timeout",
        Kind.INT,
        0,
        "Seconds after which an idle connection is not used again. 0: never too old. "
        "Must be below the `timeout` of the Redis server, where that is not 0.",
    ),
    Option(
        "redis-use-sentinel",
        Kind.BOOL,
        default=False,
        help="Find the Redis server through Sentinel.",
    ),
    Option(
        "redis-sentinel-master-name",
        Kind.TEXT,
        "",
        "Name of the master that the sentinels watch.",
    ),
    Option(
        "redis-sentinel-connection-urls",
        Kind.LIST,
        (),
        "Addresses of the sentinels: redis://HOST:PORT. User, password and database in them are "
        "those of the Redis servers.",
        also=("redis_sentinel_connection_url",),
        secret=True,
    ),
    Option(
        "redis-sentinel-password",
        Kind.TEXT,
        "",
        "Password of the sentinels themselves. Better given as a file.",
        secret=True,
    ),
    Option(
        "redis-sentinel-password-file",
        Kind.TEXT,
        "",
        "File that holds the password of the sentinels.",
        own=True,
        field="redis_sentinel_password",
        note="One final newline is cut off.",
    ),
    Option(
        "redis-use-cluster",
        Kind.BOOL,
        default=False,
        help="Talk to a Redis Cluster.",
    ),
    Option(
        "redis-cluster-connection-urls",
        Kind.LIST,
        (),
        "Addresses of some nodes of the cluster; the others are asked for.",
        also=("redis_cluster_connection_url",),
        secret=True,
    ),
)
