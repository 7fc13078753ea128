"""Identity providers: thin files over one OpenID Connect base. They do no I/O of their own."""
