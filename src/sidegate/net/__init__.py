"""Everything that touches a socket. It is handed a handler and knows no rules."""
