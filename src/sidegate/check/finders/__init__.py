"""What is looked for in manifests: one file for each family of findings."""
