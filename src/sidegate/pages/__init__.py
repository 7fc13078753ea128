"""What a person sees when the gate itself answers. Pure."""
