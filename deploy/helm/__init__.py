"""Charts, and what turns values of another chart into ours."""
