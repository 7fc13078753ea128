"""What operators see: events, logs, metrics, health. Secrets never get here unmasked."""
