"""Who may pass: one pure decision, and the identity the application can believe."""
