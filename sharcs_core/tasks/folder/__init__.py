"""A task from a folder of somebody's own files: metadata.csv, what it names, and task.toml."""
