"""The comparison of models: its cells on disk, what each figure means, and the tables made of them."""
